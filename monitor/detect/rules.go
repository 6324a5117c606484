package detect

import (
	"mailtop/logparse"
	"mailtop/monitor/join"
)

// rule is one way to recognise trouble: what it listens to, how long an incident
// stays open after the last fact, and what it says. The table is the whole list;
// its ids are stable.
type rule struct {
	id      string
	attack  string // ATT&CK technique
	hold    int64  // seconds without a new fact until it resolves
	what    string
	couldBe string // the innocent thing that looks like this
	kinds   []logparse.Kind
	observe func(*Detector, *join.Fact, *entities)
	tick    func(*Detector, int64)
	// describe fills in title, why and advice.
	describe func(*Detector, *state, *Incident)
}

// Numbers of the rules in the table, for calls between them.
const (
	ruleBruteforce = iota
	ruleSpray
	ruleCompromised
	ruleRelayProbe
	ruleRelayOpen
	ruleFlood
	ruleBurst
	ruleQueueGrowth
	ruleSilent
	ruleLossy
	ruleClock
	numRules
)

// ruleTable is the list of rules. A Detector holds it, because its functions refer
// to one another through it.
func ruleTable() [numRules]rule {
	return [numRules]rule{
		ruleBruteforce: {
			id: "auth.bruteforce", attack: "T1110.001", hold: 20 * minute,
			what:    "one source guesses passwords: 5 failures in 10 minutes, 8 in 6 hours or 12 in 7 days are watched; medium with two users or a name that does not exist, or at 10, 15, 20 for one user; high at 100 an hour",
			couldBe: "a forgotten password, or a device with an old one that never logged in from this network before",
			kinds:   []logparse.Kind{logparse.KindAuthFail, logparse.KindDisconnect},
			observe: (*Detector).bruteforce, describe: (*Detector).describeBruteforce,
		},
		ruleSpray: {
			id: "auth.spray", attack: "T1110.003", hold: 2 * hour,
			what:    "one source or network tries many users, few times each: 6 users in an hour or 10 in a day, at most 4 tries each in the median; high at 25 users",
			couldBe: "a webmail gateway or an office behind one address after a password change for all",
			kinds:   []logparse.Kind{logparse.KindAuthFail},
			observe: (*Detector).spray, describe: (*Detector).describeSpray,
		},
		ruleCompromised: {
			id: "account.compromised", attack: "T1078", hold: day,
			what:    "a login succeeds where guessing went on, or from too many networks within an hour: 10 failures from the same source, 2 other users tried by it, 20 failures on the account from anywhere, 4 networks (/16) or 8 (/24)",
			couldBe: "a user who found the right password at last, or one who travels with several devices or a VPN",
			kinds:   []logparse.Kind{logparse.KindAuthOK, logparse.KindAccept},
			observe: (*Detector).compromised, describe: (*Detector).describeCompromised,
		},
		ruleRelayProbe: {
			id: "relay.probe", attack: "T1595.002", hold: 20 * minute,
			what:    "a stranger asks us to relay and is refused: twice in 10 minutes or for 3 domains in a day; low at 5 in 10 minutes or 10 domains; never above low while we refuse",
			couldBe: "a user whose mail program does not log in, or a domain whose MX still points here",
			kinds:   []logparse.Kind{logparse.KindReject},
			observe: (*Detector).relayProbe, describe: (*Detector).describeRelayProbe,
		},
		ruleRelayOpen: {
			id: "relay.open", attack: "T1584.004", hold: 2 * hour,
			what:    "mail from strangers to strangers leaves this host without a login; one client is medium, two are high, three critical; while the local domains are not known from the configuration it takes two clients with 3 foreign domains each",
			couldBe: "a gateway for domains that the log does not show as ours, or a server of ours with a public address that may relay",
			kinds:   []logparse.Kind{logparse.KindDelivery},
			observe: (*Detector).relayOpen, describe: (*Detector).describeRelayOpen,
		},
		ruleFlood: {
			id: "dos.flood", attack: "T1499.002", hold: 15 * minute,
			what:    "one source opens 60 connections a minute, or 25 at once, and delivers next to nothing; or runs into the MTA's own limits again and again",
			couldBe: "a monitor with a short interval, or a gateway of many users behind one address",
			kinds:   []logparse.Kind{logparse.KindConnect, logparse.KindRateLimit},
			observe: (*Detector).flood, describe: (*Detector).describeFlood,
		},
		ruleBurst: {
			id: "spam.outbound_burst", attack: "T1586.002", hold: 2 * hour,
			what:    "one account sends to more recipients than a person does: over 120 in 10 minutes, 200 an hour or 500 a day; over 40 in 10 minutes is noted as low",
			couldBe: "a newsletter or an invoice run",
			kinds:   []logparse.Kind{logparse.KindQueued, logparse.KindAccept, logparse.KindDelivery},
			observe: (*Detector).burst, describe: (*Detector).describeBurst,
		},
		ruleQueueGrowth: {
			id: "queue.growth", attack: "", hold: 5 * minute,
			what:    "deferred mail piles up: at least 75 messages wait for one destination or 200 in all, 30 more than at the lowest point of the last 15 minutes and rising, and at the rate at which the destination takes mail they would need over an hour",
			couldBe: "a large mailing to a destination that greylists",
			kinds:   []logparse.Kind{logparse.KindDelivery},
			observe: (*Detector).noteDeferral, tick: (*Detector).queueGrowth, describe: (*Detector).describeQueueGrowth,
		},
		ruleSilent: {
			id: "source.silent", attack: "T1562.006", hold: 5 * minute,
			what:    "a log stops while another source goes on: nothing for over 10 minutes, 20 times the usual pause (99%) and twice the longest one at that hour of the week; a log younger than a week must be silent for 6 hours and 4 times its longest pause, and that is medium at most",
			couldBe: "a mail service that was switched off, or a host that was taken out of service",
			tick:    (*Detector).silentSources, describe: (*Detector).describeSilent,
		},
		ruleLossy: {
			id: "source.lossy", attack: "T1562.006", hold: 30 * minute,
			what:    "the log lost lines of mail software: journald or rsyslog say that they dropped them (medium), or a file was cut off or taken away before it was read (low); counts of that time are lower bounds",
			couldBe: "a limit that is too low for a busy hour",
			kinds:   []logparse.Kind{logparse.KindLogLoss},
			observe: (*Detector).logLoss, describe: (*Detector).describeLossy,
		},
		ruleClock: {
			id: "source.clock", attack: "", hold: 30 * minute,
			what:     "20 lines in a row are over 5 minutes older than the newest one before them, or one source is over 5 minutes ahead of the others for 2 minutes; never above low",
			couldBe:  "a clock that was set, a container with another time zone, or two logs put together",
			describe: (*Detector).describeClock,
		},
	}
}

// Rule is a row of the rule table for people.
type Rule struct {
	ID      string
	Attack  string
	What    string
	CouldBe string
}

// Rules lists the rules.
func Rules() []Rule {
	out := make([]Rule, 0, numRules)
	for _, r := range ruleTable() {
		out = append(out, Rule{r.id, r.attack, r.what, r.couldBe})
	}
	return out
}
