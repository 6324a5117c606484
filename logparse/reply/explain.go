package reply

// Explanation is what `mailtop explain` shows about a reply.
type Explanation struct {
	Code     uint16
	DSN      DSN
	Class    Class
	Net      Net
	Scope    Scope
	Provider Provider
	List     string   // hostile text: it may come from the reply
	CodeSays string   // what the SMTP code means by itself
	DSNSays  string   // what the enhanced status code means by itself
	Meaning  string   // what this reply means
	Causes   []string // usual causes
	Checks   []string // what to look at
	Ref      string   // a public page or RFC
}

// Explain explains a reply, a bare code ("550", "4.7.28") or a token of a provider
// ("TSS04", "S3150").
func Explain(text string) Explanation {
	r, best := parse([]byte(text))
	e := Explanation{Code: r.Code, DSN: r.DSN, Class: r.Class, Net: r.Net, Scope: r.Scope, Provider: r.Provider, List: string(r.List)}
	a := &classAdvice[r.Class]
	e.Meaning, e.Causes, e.Checks = a.meaning, a.causes, a.checks
	if c := codeOf(r.Code); c != nil {
		e.CodeSays, e.Ref = c.meaning, c.ref
	}
	if s := statusOf(r.DSN); s != nil && r.DSN.Class != 0 {
		e.DSNSays, e.Ref = s.meaning, s.ref
		if best == nil && s.class == r.Class {
			e.Meaning = s.meaning
		}
	}
	if m := netMeanings[r.Net]; m != "" {
		e.Meaning = m
	}
	if best != nil {
		e.apply(best)
	}
	return e
}

func (e *Explanation) apply(r *row) {
	if r.why != "" {
		e.Meaning = r.why
	}
	if r.checks != nil {
		e.Checks = r.checks
	}
	if r.ref != "" {
		e.Ref = r.ref
	}
}
