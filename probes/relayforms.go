package probes

import (
	"strings"
)

// form is one way to ask for relaying: a sender and a recipient with placeholders.
//
//	{r}@{E}  the recipient outside, named by the admin or a documentation address
//	{X}      an outside sender domain    {H} the server's name
//	{I}      its address literal         {D} a domain it hosts
//	{W}      the word of the run
type form struct {
	id       string
	from, to string // what stands behind MAIL FROM: and RCPT TO:, angle brackets included
	deep     bool   // only with --deep
	odd      bool   // breaks the grammar: some servers allow very few of these
	why      string // what it tries
}

const outside, plainTo = "<{W}@{X}>", "<{r}@{E}>"

// relayForms is the battery, the plain questions first. The first twelve are the default.
var relayForms = []form{
	{id: "plain", from: outside, to: plainTo, why: "outside sender, outside recipient"},
	{id: "null-sender", from: "<>", to: plainTo, why: "null sender"},
	{id: "local-sender", from: "<postmaster@{D}>", to: plainTo, why: "a sender of the server's own domain"},
	{id: "host-sender", from: "<{W}@{H}>", to: plainTo, why: "a sender of the server's own name"},
	{id: "literal-sender", from: "<{W}@{I}>", to: plainTo, why: "a sender at the server's address"},
	{id: "percent-host", from: outside, to: "<{r}%{E}@{H}>", why: "percent hack over the server's name"},
	{id: "percent-domain", from: outside, to: "<{r}%{E}@{D}>", why: "percent hack over a local domain"},
	{id: "quoted", from: outside, to: `<"{r}@{E}">`, why: "quoted address"},
	{id: "quoted-host", from: outside, to: `<"{r}@{E}"@{H}>`, why: "quoted address at the server's name"},
	{id: "double-at", from: outside, to: "<{r}@{E}@{D}>", odd: true, why: "two at signs"},
	{id: "source-route", from: outside, to: "<@{H}:{r}@{E}>", why: "source route"},
	{id: "bang-host", from: outside, to: "<{E}!{r}@{H}>", why: "bang path at the server's name"},

	{id: "localhost-sender", from: "<{W}@localhost>", to: plainTo, deep: true, why: "a sender at localhost"},
	{id: "bare-sender", from: "<{W}>", to: plainTo, deep: true, why: "a sender without domain"},
	{id: "unresolvable-sender", from: "<{W}@unresolvable.invalid>", to: plainTo, deep: true, why: "a sender domain that does not exist"},
	{id: "self-sender", from: plainTo, to: plainTo, deep: true, why: "the recipient as sender"},
	{id: "loopback-sender", from: "<{W}@[127.0.0.1]>", to: plainTo, deep: true, why: "a sender at 127.0.0.1"},
	{id: "loopback6-sender", from: "<{W}@[IPv6:::1]>", to: plainTo, deep: true, why: "a sender at ::1"},
	{id: "auth-param", from: outside + " AUTH=<postmaster@{D}>", to: plainTo, deep: true, why: "says that another server authenticated the sender"},
	{id: "no-brackets-sender", from: "{W}@{X}", to: plainTo, deep: true, odd: true, why: "sender without angle brackets"},
	{id: "dot", from: outside, to: "<{r}@{E}.>", deep: true, why: "dot behind the domain"},
	{id: "trailing-at", from: outside, to: "<{r}@{E}@>", deep: true, odd: true, why: "at sign behind the domain"},
	{id: "no-brackets", from: outside, to: "{r}@{E}", deep: true, odd: true, why: "recipient without angle brackets"},
	{id: "percent-literal", from: outside, to: "<{r}%{E}@{I}>", deep: true, why: "percent hack over the server's address"},
	{id: "percent", from: outside, to: "<{r}%{E}>", deep: true, why: "percent hack without domain"},
	{id: "quoted-percent", from: outside, to: `<"{r}%{E}">`, deep: true, why: "quoted percent hack"},
	{id: "quoted-percent-host", from: outside, to: `<"{r}%{E}"@{H}>`, deep: true, why: "quoted percent hack at the server's name"},
	{id: "percent-localhost", from: outside, to: "<{r}%{E}@localhost>", deep: true, why: "percent hack over localhost"},
	{id: "percent-twice", from: outside, to: "<{r}%{E}%{D}@{H}>", deep: true, why: "percent hack twice"},
	{id: "percent-loopback", from: outside, to: "<{r}%{E}@127.0.0.1>", deep: true, why: "percent hack over an address without brackets"},
	{id: "double-at-host", from: outside, to: "<{r}@{E}@{H}>", deep: true, odd: true, why: "two at signs, the server's name last"},
	{id: "double-at-literal", from: outside, to: "<{r}@{E}@{I}>", deep: true, odd: true, why: "two at signs, the server's address last"},
	{id: "double-at-localhost", from: outside, to: "<{r}@{E}@localhost>", deep: true, odd: true, why: "two at signs, localhost last"},
	{id: "quoted-literal", from: outside, to: `<"{r}@{E}"@{I}>`, deep: true, why: "quoted address at the server's address"},
	{id: "quoted-domain", from: outside, to: `<"{r}@{E}"@{D}>`, deep: true, why: "quoted address at a local domain"},
	{id: "escaped-at", from: outside, to: `<{r}\@{E}@{D}>`, deep: true, odd: true, why: "escaped at sign"},
	{id: "source-route-literal", from: outside, to: "<@{I}:{r}@{E}>", deep: true, why: "source route over the server's address"},
	{id: "source-route-domain", from: outside, to: "<@{D}:{r}@{E}>", deep: true, why: "source route over a local domain"},
	{id: "source-route-localhost", from: outside, to: "<@localhost:{r}@{E}>", deep: true, why: "source route over localhost"},
	{id: "source-route-twice", from: outside, to: "<@{X},@{H}:{r}@{E}>", deep: true, why: "source route over two hosts"},
	{id: "source-route-quoted", from: outside, to: `<@{D}:"{r}@{E}">`, deep: true, odd: true, why: "source route to a quoted address"},
	{id: "bang", from: outside, to: "<{E}!{r}>", deep: true, why: "bang path"},
	{id: "bang-literal", from: outside, to: "<{E}!{r}@{I}>", deep: true, why: "bang path at the server's address"},
	{id: "bang-domain", from: outside, to: "<{E}!{r}@{D}>", deep: true, why: "bang path at a local domain"},
	{id: "bang-twice", from: outside, to: "<{H}!{E}!{r}>", deep: true, why: "bang path over the server"},
	{id: "bang-quoted", from: outside, to: `<"{E}!{r}"@{D}>`, deep: true, why: "quoted bang path"},
	{id: "bang-percent", from: outside, to: "<{D}!{r}%{E}>", deep: true, why: "bang path and percent hack"},
	{id: "bang-localhost", from: outside, to: "<{E}!{r}@localhost>", deep: true, why: "bang path at localhost"},
	{id: "route-percent", from: outside, to: "<@{H}:{r}%{E}@{D}>", deep: true, why: "source route and percent hack"},
	{id: "quoted-percent-domain", from: outside, to: `<"{r}@{E}"%{D}@{H}>`, deep: true, odd: true, why: "quoted address in a percent hack"},
	{id: "percent-double-at", from: outside, to: "<{r}%{E}@{D}@{H}>", deep: true, odd: true, why: "percent hack with two at signs"},
	{id: "bang-percent-host", from: outside, to: "<{E}!{r}%{D}@{H}>", deep: true, why: "bang path in a percent hack"},
	{id: "nested-brackets", from: outside, to: "<<{r}@{E}>@{D}>", deep: true, odd: true, why: "nested angle brackets"},
	{id: "comma", from: outside, to: "<{r}@{E},postmaster@{D}>", deep: true, odd: true, why: "two addresses in one"},
	{id: "break-out", from: outside, to: "<postmaster@{D}> <{r}@{E}>", deep: true, odd: true, why: "a second address behind the first"},
	{id: "padded", from: outside, to: "< {r}@{E} >", deep: true, odd: true, why: "spaces in the brackets"},
	{id: "comment", from: outside, to: "<{r}(c)@{E}>", deep: true, odd: true, why: "comment in the address"},
}

// relayNames are what the placeholders stand for.
type relayNames struct {
	recipient string // user@domain outside
	sender    string // {X}
	host      string // {H}
	literal   string // {I}
	domain    string // {D}
	word      string // {W}
}

func (n relayNames) fill(s string) string {
	user, domain, _ := strings.Cut(n.recipient, "@")
	return strings.NewReplacer("{r}", user, "{E}", domain, "{X}", n.sender, "{H}", n.host, "{I}", n.literal, "{D}", n.domain, "{W}", n.word).Replace(s)
}

// forms of the default or the deep battery, those whose placeholders are known.
func (n relayNames) forms(deep bool) []form {
	var out []form
	for _, f := range relayForms {
		text := f.from + f.to
		if f.deep && !deep || n.domain == "" && strings.Contains(text, "{D}") || n.host == "" && strings.Contains(text, "{H}") {
			continue
		}
		f.from, f.to = n.fill(f.from), n.fill(f.to)
		out = append(out, f)
	}
	return out
}
