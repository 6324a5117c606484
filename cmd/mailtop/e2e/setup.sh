#!/bin/sh
# Installs the mail servers that the end-to-end tests run: Postfix and Dovecot
# from Debian's packages, and nftables, because advised bans are tried out in a
# network namespace. Nothing is configured or started system-wide: the
# tests write their own configuration and start their own instances.
# Needs root, Debian or a derivative. Exits non-zero when a server is missing
# afterwards; the tests then fail too, they never skip.
set -eu

PACKAGES="postfix dovecot-core dovecot-imapd nftables"
TRIES=5
WAIT=300 # seconds for another package manager to finish

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

missing() {
	for p in $PACKAGES; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || printf '%s ' "$p"
	done
}

check() {
	for f in /usr/sbin/postfix /usr/sbin/postconf /usr/sbin/postqueue /usr/sbin/postsuper /usr/sbin/dovecot /usr/bin/doveadm /usr/sbin/nft; do
		[ -x "$f" ] || { say "$f is missing after the installation of: $PACKAGES"; exit 1; }
	done
	say "$(/usr/sbin/postconf -C builtin -dh mail_version 2>/dev/null || /usr/sbin/postconf -dh mail_version) postfix, $(/usr/sbin/dovecot --version) dovecot"
}

if [ -z "$(missing)" ]; then
	check
	exit 0
fi
[ "$(id -u)" = 0 ] || { say "must run as root to install: $(missing)"; exit 1; }
command -v apt-get >/dev/null || { say "apt-get is not here; install by hand: $(missing)"; exit 1; }

# policy-rc.d keeps the packages from starting their services. What was there
# before is put back whatever happens.
POLICY=/usr/sbin/policy-rc.d
KEEP=$(mktemp -d)
restore() {
	if [ -e "$KEEP/policy-rc.d" ]; then cp -p "$KEEP/policy-rc.d" "$POLICY"; else rm -f "$POLICY"; fi
	rm -rf "$KEEP"
}
[ ! -e "$POLICY" ] || cp -p "$POLICY" "$KEEP/policy-rc.d"
trap restore EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
printf '#!/bin/sh\nexit 101\n' >"$POLICY"
chmod 755 "$POLICY"

export DEBIAN_FRONTEND=noninteractive
apt() { apt-get -o DPkg::Lock::Timeout="$WAIT" -o Acquire::Retries=3 -y --no-install-recommends "$@"; }

# Without an answer the postfix package would write a main.cf and claim port 25.
if command -v debconf-set-selections >/dev/null; then
	echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections
fi

n=1
while [ -n "$(missing)" ]; do
	if apt install $(missing) >"$KEEP/apt.log" 2>&1; then
		break
	fi
	if [ "$n" -ge "$TRIES" ]; then
		cat "$KEEP/apt.log" >&2
		say "apt-get could not install: $(missing)(after $n tries)"
		exit 1
	fi
	say "apt-get failed (try $n of $TRIES), updating the package lists"
	apt update >>"$KEEP/apt.log" 2>&1 || true
	n=$((n + 1))
done
check
