package source

// journalMatch selects what a mail host logs: the mail facility, and the programs
// beside it that log to another one.
var journalMatch = []string{"SYSLOG_FACILITY=2"}
