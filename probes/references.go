package probes

// DefaultReferences are mail domains of operators that have nothing to do with each
// other, on different networks. Their exchangers are resolved anew in each run: an
// exchanger that moved would look like a blocked port. Last looked over 2026-11.
var DefaultReferences = []string{
	"gmail.com",
	"outlook.com",
	"yahoo.com",
	"icloud.com",
	"gmx.net",
	"proton.me",
	"fastmail.com",
	"zoho.com",
}

// References of a run: enough that one host's trouble decides nothing.
const (
	minReferences = 5
	maxReferences = 16
)
