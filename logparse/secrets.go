package logparse

const mask = "***"

// Mask appends text with the secrets that mail logs can hold replaced by "***":
// the password that Dovecot logs with auth_verbose_passwords (plain or hashed),
// the base64 argument of an SMTP AUTH command, resp= of Dovecot's auth protocol,
// and values of password= and pass=. Every output of raw text goes through it.
func Mask(dst, text []byte) []byte {
	for {
		i, j := nextSecret(text)
		if i < 0 {
			return append(dst, text...)
		}
		dst = append(dst, text[:i]...)
		dst = append(dst, mask...)
		text = text[j:]
	}
}

// nextSecret finds the first secret in s: s[i:j], or i < 0.
func nextSecret(s []byte) (i, j int) {
	for k := 0; k+5 <= len(s); k++ {
		switch s[k] | 0x20 {
		case 'p':
			i, j = passwordAt(s, k)
		case 'a':
			i, j = authArgumentAt(s, k)
		case 'r':
			i, j = valueAt(s, k, "resp=")
		default:
			continue
		}
		if i >= 0 && j > i && string(s[i:j]) != mask {
			return i, j
		}
	}
	return -1, -1
}

func passwordAt(s []byte, k int) (i, j int) {
	// "(given password: X)", "(SHA1 of given password: X)": the password may hold
	// parentheses, so everything up to the last one is masked.
	if foldPrefix(s[k:], "password: ") && k >= 6 && foldPrefix(s[k-6:], "given ") {
		i = k + len("password: ")
		if j = lastIndexByte(s, ')'); j < i {
			j = len(s)
		}
		return i, j
	}
	for _, key := range [...]string{"password=", "passwd=", "pass="} {
		if i, j := valueAt(s, k, key); i >= 0 {
			return i, j
		}
	}
	return -1, -1
}

// valueAt is the value of key= at s[k:], up to a blank, comma, quote or '&'.
func valueAt(s []byte, k int, key string) (i, j int) {
	if k > 0 && isKeyByte(s[k-1]) || !foldPrefix(s[k:], key) {
		return -1, -1
	}
	i = k + len(key)
	for j = i; j < len(s); j++ {
		switch s[j] {
		case ' ', '\t', ',', '&', '"', '\'', ')', ';':
			return i, j
		}
	}
	return i, j
}

var authMechanisms = [...]string{
	"PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5", "NTLM", "XOAUTH2", "OAUTHBEARER", "XOAUTH", "EXTERNAL", "GSSAPI",
	"SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512", "GSS-SPNEGO",
}

// authArgumentAt is the argument of "AUTH MECH argument" at s[k:].
func authArgumentAt(s []byte, k int) (i, j int) {
	// Postfix writes a client's line breaks as \r\n, so that AUTH may follow an "n".
	escaped := k > 1 && s[k-2] == '\\'
	if k > 0 && isKeyByte(s[k-1]) && !escaped || !foldPrefix(s[k:], "auth ") {
		return -1, -1
	}
	t := trimLeft(s[k+5:])
	for _, m := range authMechanisms {
		if !foldPrefix(t, m) || len(t) <= len(m) || t[len(m)] != ' ' {
			continue
		}
		arg := trimLeft(t[len(m):])
		n := 0
		for n < len(arg) && isBase64(arg[n]) {
			n++
		}
		if n < 4 || isPlainWord(arg[:n]) {
			return -1, -1
		}
		i = len(s) - len(arg)
		return i, i + n
	}
	return -1, -1
}

// isPlainWord: "failed", "authentication": lower-case letters only, which base64 of a
// login never is (it starts with a zero byte or a printable name).
func isPlainWord(s []byte) bool {
	for _, c := range s {
		if c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

func isBase64(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/' || c == '='
}

// foldPrefix is hasPrefix without regard to case.
func foldPrefix(s []byte, p string) bool {
	if len(s) < len(p) {
		return false
	}
	for i := range len(p) {
		a, b := s[i], p[i]
		if a == b {
			continue
		}
		if a ^= 0x20; a != b || a|0x20 < 'a' || a|0x20 > 'z' {
			return false
		}
	}
	return true
}
