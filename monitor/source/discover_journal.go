package source

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"slices"
	"time"
)

// journalNewest is how many records of the journal are compared with the files.
const journalNewest = "50"

// journal asks for the newest mail records of the journal; nil: there is none here.
func (f *finder) journal(ctx context.Context) *Candidate {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	args := []string{"-q", "-n", journalNewest, "-o", "json", "--no-pager", journalFields}
	out, err := f.h.Run(ctx, "journalctl", append(args, journalMatch...)...)
	if errors.Is(err, exec.ErrNotFound) {
		return nil
	}
	c := &Candidate{Path: Journal, Why: "journalctl"}
	switch {
	case ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded):
		c.Err = errors.New("journalctl does not answer; see: systemctl status systemd-journald")
	case err != nil:
		c.Err = f.h.journalDenied("journalctl fails: " + oneLine(err, out))
	case len(bytes.TrimSpace(out)) == 0:
		c.Err = f.h.journalEmpty()
	default:
		c.newest = newSample(f.seed)
		c.newest.read(out, time.Time{})
	}
	return c
}

// addJournal lists the journal. It is read beside files only for what they do not
// hold: newer records, or those of other programs.
func (f *finder) addJournal(c Candidate) {
	if c.newest != nil {
		if c.newest.newest > 0 {
			c.Time = time.Unix(c.newest.newest, 0)
		}
		c.Same = f.same(&c)
		for i := 0; c.Same == "" && i < len(f.list); i++ {
			if p := &f.list[i]; p.newest != nil && p.Err == nil && p.newest.mail > 0 && c.newest.newest < p.newest.oldest {
				c.Same = p.Path // nothing has come to the journal since
			}
		}
	}
	f.list = append(f.list, c)
}

// journalGroups are those that may read the journal, see systemd-journald.service(8).
var journalGroups = []string{"systemd-journal", "adm", "wheel"}

// journalEmpty says why no record is seen: root sees all there are, another user
// only his own unless in one of the groups.
func (h Host) journalEmpty() error {
	r := h.Who()
	if !r.Root() && !h.member(r.Groups, journalGroups) {
		return h.journalDenied("the journal holds no record of the mail facility that you may see")
	}
	return emptyJournal{}
}

type emptyJournal struct{}

func (emptyJournal) Error() string        { return "the journal holds no record of the mail facility" }
func (emptyJournal) Is(target error) bool { return target == ErrEmpty }

// journalDenied adds the way out for this reader: a group, never for root.
func (h Host) journalDenied(why string) error {
	r := h.Who()
	d := &Denied{Path: Journal, Why: why}
	switch {
	case r.Root() || h.member(r.Groups, journalGroups):
		return errors.New(why + "; see what it says: journalctl -n 1")
	case h.member(r.Listed, journalGroups):
		d.Steps = []Step{{Text: "you are in the group since your last login: log in again"}}
	default:
		d.Steps = []Step{JoinGroups(r.Name, journalGroups[0])}
	}
	return d
}

func (h Host) member(gids []uint32, names []string) bool {
	for _, g := range gids {
		if slices.Contains(names, h.groupName(g)) {
			return true
		}
	}
	return false
}
