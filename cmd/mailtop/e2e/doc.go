// Package e2e runs mailtop against real mail servers: a Postfix with Dovecot
// behind it, installed by setup.sh from Debian's packages, each test run with
// its own configuration, queue and log on loopback ports.
//
//	clients on 127.1.0.0/16          Postfix (smtp, submission, smtps)        next hops
//	users, guessers, sprayers  --->  127.0.0.1:high ports               --->  127.0.1.1 accepts
//	floods, relay attempts           | auth socket       | postlogd           127.0.1.2 answers 4xx
//	          \---- IMAP ----->  Dovecot            mail.log, dovecot.log     127.0.1.3 answers 5xx
//	                                                     |
//	                                                  mailtop (the built binary, as a user runs it)
//
// What the clients did is counted on their side; the tests compare it with what
// mailtop says. Everything started is stopped by a reaper process that lives
// exactly as long as the test process holds a pipe open, so nothing is left
// behind when a test fails, panics, times out or is killed.
//
// The files carry the build tag e2e: run them with
//
//	sh cmd/mailtop/e2e/setup.sh && go test -tags e2e -count=1 ./cmd/mailtop/e2e
package e2e
