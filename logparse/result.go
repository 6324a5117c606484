package logparse

// Result is the outcome that a filter or checker reports, the same for all of
// them; the daemon's own word stays in Event.ClassText.
type Result uint8

const (
	ResultNone       Result = iota // no outcome, or an unknown word
	ResultPass                     // DKIM, SPF, DMARC: passed; a filter: clean
	ResultFail                     // DKIM, SPF, DMARC: failed
	ResultSoftFail                 // SPF ~all
	ResultNeutral                  // SPF ?all
	ResultNoRecord                 // nothing to check: no signature, no record
	ResultTempError                // DNS or the like did not answer
	ResultPermError                // a record or signature that cannot be read
	ResultSigned                   // we signed
	ResultTagged                   // taken, but marked as spam
	ResultGreylisted               // deferred on first contact
	ResultDeferred                 // refused for now
	ResultRejected                 // refused
	ResultInfected                 // a virus or forbidden file
	ResultDiscarded                // taken and thrown away
	NumResults
)

var resultNames = [NumResults]string{
	"", "pass", "fail", "softfail", "neutral", "none", "temperror", "permerror", "signed", "tagged", "greylisted",
	"deferred", "rejected", "infected", "discarded",
}

func (r Result) String() string { return resultNames[r] }

// Result reads the outcome of an event of kind verdict, dkim, dmarc, spf or
// greylist out of its class text.
func (e *Event) Result(b *Block) Result {
	switch e.Kind {
	case KindVerdict, KindDKIM, KindDMARC, KindSPF, KindGreylist:
		return resultOf(e.MTA, e.Bytes(b, e.ClassText), e.Bytes(b, e.Reply))
	}
	return ResultNone
}

func resultOf(m MTA, word, head []byte) Result {
	switch m {
	case ClamAV:
		if string(word) == "Clean" {
			return ResultPass
		}
		return ResultInfected
	case Amavis:
		return amavisResult(word, head)
	}
	for i := range resultWords {
		if w := &resultWords[i]; equalFold(word, w.word) {
			return w.result
		}
	}
	return ResultNone
}

func amavisResult(word, head []byte) Result {
	blocked := hasPrefix(head, "Blocked")
	switch {
	case string(word) == "CLEAN" && !blocked:
		return ResultPass
	case string(word) == "INFECTED" || string(word) == "BANNED":
		return ResultInfected
	case !blocked:
		return ResultTagged
	case contains(head, "Discarded"):
		return ResultDiscarded
	}
	return ResultRejected
}

// resultWords are the words of rspamd, OpenDKIM, OpenDMARC, policyd-spf, postgrey
// and spamd, lower case.
var resultWords = [...]struct {
	word   string
	result Result
}{
	{"pass", ResultPass}, {"fail", ResultFail}, {"softfail", ResultSoftFail}, {"neutral", ResultNeutral}, {"none", ResultNoRecord},
	{"temperror", ResultTempError}, {"permerror", ResultPermError}, {"reject", ResultRejected}, {"no action", ResultPass},
	{"add header", ResultTagged}, {"rewrite subject", ResultTagged}, {"quarantine", ResultDiscarded}, {"discard", ResultDiscarded},
	{"greylist", ResultGreylisted}, {"soft reject", ResultDeferred}, {"custom", ResultTagged}, {"y", ResultTagged}, {".", ResultPass},
	{"successful", ResultPass}, {"added", ResultSigned}, {"bad signature", ResultFail}, {"ssl error", ResultFail},
	{"no signature", ResultNoRecord}, {"key retrieval failed", ResultTempError}, {"syntax error", ResultPermError},
	{"key revoked", ResultPermError}, {"unknown", ResultNone}, {"error", ResultTempError}, {"temporary", ResultTempError},
	{"550", ResultFail}, {"defer_if_permit", ResultTempError}, // the Perl SPF server tells its action only
}

// equalFold compares s with p, which is lower case.
func equalFold(s []byte, p string) bool {
	if len(s) != len(p) {
		return false
	}
	for i := range s {
		c := s[i]
		if c-'A' < 26 {
			c |= 0x20
		}
		if c != p[i] {
			return false
		}
	}
	return true
}
