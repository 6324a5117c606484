package join

import (
	"bytes"

	"mailtop/logparse"
	"mailtop/monitor/sketch"
)

// session is one SMTP session from connect to disconnect.
type session struct {
	ip          [16]byte
	start, last int64
	account     sketch.Key // that logged in, where the record of a message does not say
	login       uint64     // of the newest message
	named       uint32     // logins that messages named
	failed      uint32     // AUTH failures, aborts and errors that had a record of their own
}

func (j *Joiner) sessionKey(f *Fact) (sketch.Key, bool) {
	if f.Session.Len > 0 && f.MTA != logparse.Dovecot {
		return j.hash.Pair(j.host.of(j, f.Text(f.Host))^uint64(f.MTA), f.Text(f.Session)), true
	}
	if f.PID == 0 {
		return sketch.Key{}, false
	}
	return sketch.Key{j.host.of(j, f.Text(f.Host)), uint64(f.PID)<<8 | uint64(f.MTA)}, true
}

// session follows a session through its events and fills in the client's address
// where a record (a TLS library problem, an OpenSMTPD line) does not name it.
func (j *Joiner) session(f *Fact) {
	if f.Kind == logparse.KindConnect {
		j.open(f)
		return
	}
	k, ok := j.sessionKey(f)
	var s *session
	if ok {
		if s = j.sessions.Get(k); s != nil {
			if f.IP == ([16]byte{}) {
				f.IP = s.ip
			} else if s.ip != f.IP {
				s = nil // the pid serves somebody else by now
			}
		}
	}
	switch f.Kind {
	case logparse.KindAuthFail:
		j.attempt(f, s)
	case logparse.KindAuthAbort, logparse.KindAuthError:
		if s != nil {
			s.failed += uint32(f.Weight)
		}
		f.Login = loginOf(f)
	case logparse.KindAuthOK:
		f.Login = loginOf(f)
		j.succeeded(f)
		if ok && f.MTA != logparse.Dovecot && len(f.Login) > 0 {
			s = j.loggedIn(f, k, s)
		}
	case logparse.KindDisconnect:
		j.close(f, s, k)
	case logparse.KindLost:
		// Postfix still writes the disconnect; for others this was the end
		f.Closed = s != nil && f.MTA != logparse.Postfix
		if f.Closed {
			j.sessions.Delete(k)
			s = nil
		}
	}
	if s != nil {
		s.last = f.Sec
	}
}

func (j *Joiner) open(f *Fact) {
	if k, ok := j.sessionKey(f); ok {
		s, _ := j.sessions.Put(k)
		*s = session{ip: f.IP, start: f.Sec, last: f.Sec}
	}
}

var authVerb = []byte("auth")

// close ends a session. Its counters tell of failed logins that left no record of
// their own (rate limits and lost connections swallow them): Fact.Weight of the
// disconnect is how many those are.
func (j *Joiner) close(f *Fact, s *session, k sketch.Key) {
	f.Weight = 0
	f.Closed = s != nil
	var failed uint32
	if cmds := f.Text(f.Commands); bytes.Contains(cmds, authVerb) {
		logparse.EachCommand(cmds, func(verb []byte, ok, total uint32) {
			if string(verb) == "auth" {
				f.LoggedIn = int(ok)
				failed = max(total, ok) - ok
			}
		})
	}
	start := f.Sec
	if s != nil {
		start = s.start
		failed -= min(failed, s.failed)
		f.LoggedIn = max(0, f.LoggedIn-int(s.named))
	}
	if failed > 0 && f.IP != ([16]byte{}) {
		f.Weight = j.pair(f, sideMTA, int(min(failed, 1000)), f.Sec-start+pairWindow)
	}
	if s != nil {
		j.sessions.Delete(k)
	}
}

// newLogin says whether a message's login is not that of the message before in the
// same session.
func (j *Joiner) newLogin(f *Fact) bool {
	k, ok := j.sessionKey(f)
	if !ok {
		return true
	}
	s := j.sessions.Get(k)
	if s == nil || s.ip != f.IP {
		return true
	}
	login := j.LoginKey(f.Login)[0] | 1
	if s.login == login {
		return false
	}
	s.login = login
	s.named++
	return true
}

// loggedIn remembers who logged in to a session: Sendmail and OpenSMTPD tell it in
// a record of its own, before the message.
func (j *Joiner) loggedIn(f *Fact, k sketch.Key, s *session) *session {
	if s == nil {
		s, _ = j.sessions.Put(k)
		*s = session{ip: f.IP, start: f.Sec}
	}
	s.account = j.LoginKey(f.Login)
	return s
}

// sessionAccount takes a message's account from its session.
func (j *Joiner) sessionAccount(f *Fact, m *Message) {
	k, ok := j.sessionKey(f)
	if !ok {
		return
	}
	if s := j.sessions.Get(k); s != nil && s.account != (sketch.Key{}) && s.ip == f.IP {
		m.Authed, m.Login = true, s.account
	}
}

func loginOf(f *Fact) []byte {
	u := f.Text(f.User)
	if len(u) == 0 || string(u) == "(unavailable)" {
		return nil
	}
	return u
}
