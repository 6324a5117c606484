package source

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Reader is who reads. The mode bits of files are judged for it, so that what is
// said does not depend on a trial.
type Reader struct {
	Name   string
	UID    uint32
	Groups []uint32 // in force for this process
	Listed []uint32 // by the group file: in force after the next login
}

// Root says that mode bits do not apply.
func (r Reader) Root() bool { return r.UID == 0 }

// thisReader is the user of this process.
func thisReader() Reader {
	r := Reader{UID: uint32(os.Geteuid()), Groups: []uint32{uint32(os.Getegid())}}
	gids, _ := os.Getgroups()
	for _, g := range gids {
		r.Groups = append(r.Groups, uint32(g))
	}
	u, err := user.LookupId(strconv.Itoa(os.Geteuid()))
	if err != nil {
		return r
	}
	r.Name = u.Username
	ids, _ := u.GroupIds()
	for _, id := range ids {
		if g, err := strconv.ParseUint(id, 10, 32); err == nil {
			r.Listed = append(r.Listed, uint32(g))
		}
	}
	return r
}

// gate is a folder to pass or the file to read at the end of them.
type gate struct {
	path     string
	mode     fs.FileMode
	uid, gid uint32
	need     fs.FileMode // x for a folder, r for the file
}

// opens says whether the mode lets r through: the first class that r is in decides.
func (g *gate) opens(r Reader) bool {
	switch {
	case r.Root():
		return true
	case r.UID == g.uid:
		return g.mode>>6&g.need == g.need
	case slices.Contains(r.Groups, g.gid):
		return g.mode>>3&g.need == g.need
	}
	return g.mode&g.need == g.need
}

// byGroup says that members of the gate's group pass. The group of root is no
// group to join.
func (g *gate) byGroup(r Reader) bool {
	return g.gid != 0 && r.UID != g.uid && g.mode>>3&g.need == g.need
}

// gates are the folders above path and path itself, as far as they can be seen.
func gates(path string) []gate {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil
	}
	var list []gate
	for i := 0; i <= len(path); i++ {
		if i < len(path) && path[i] != '/' {
			continue
		}
		part := path[:max(i, 1)]
		fi, err := os.Stat(part)
		if err != nil {
			return list
		}
		st, ok := fi.Sys().(*syscall.Stat_t)
		if !ok {
			return list
		}
		g := gate{part, fi.Mode().Perm(), st.Uid, st.Gid, 4}
		if fi.IsDir() {
			g.need = 1
		}
		list = append(list, g)
	}
	return list
}

// Denied is a refusal to read Path: why, and the steps that mend it.
type Denied struct {
	Path  string
	Why   string
	Steps []Step
}

// Error is one line.
func (d *Denied) Error() string {
	s := d.Path + " may not be read: " + d.Why
	for _, st := range d.Steps {
		s += "; " + st.String()
	}
	return s
}

// Is makes a Denied a fs.ErrPermission.
func (d *Denied) Is(target error) bool { return target == fs.ErrPermission }

// denied says why r may not read path, which the system has refused.
func denied(h Host, path string) *Denied { return h.judge(path, gates(path)) }

// judge finds the first gate that is shut, and what opens all that are.
func (h Host) judge(path string, list []gate) *Denied {
	r := h.Who()
	var shut []gate
	for _, g := range list {
		if !g.opens(r) {
			shut = append(shut, g)
		}
	}
	if len(shut) == 0 {
		return h.forbidden(path)
	}
	first := shut[0]
	why := fmt.Sprintf("the folder %s is %v of group %s", first.path, first.mode|fs.ModeDir, h.groupName(first.gid))
	if first.need == 4 {
		why = fmt.Sprintf("its mode is %v, of group %s", first.mode, h.groupName(first.gid))
	}
	return &Denied{path, why, h.openers(r, shut)}
}

// openers are the groups that open all shut gates, or root.
func (h Host) openers(r Reader, shut []gate) []Step {
	var join []string
	for _, g := range shut {
		switch name := h.groupName(g.gid); {
		case !g.byGroup(r):
			return []Step{asRoot()}
		case slices.Contains(r.Listed, g.gid): // joined already, not in force yet
		case !slices.Contains(join, name):
			join = append(join, name)
		}
	}
	if len(join) == 0 {
		return []Step{{Text: "you are in the group since your last login: log in again"}}
	}
	return []Step{JoinGroups(r.Name, join...)}
}

func asRoot() Step { return Step{Text: "run as root", Command: "sudo mailtop"} }

// JoinGroups is the step that makes name a member of groups.
func JoinGroups(name string, groups ...string) Step {
	s := Step{Text: "join the group " + strings.Join(groups, " and ") + ", then log in again"}
	list, ok := Slot(strings.Join(groups, ","))
	who, ok2 := Slot(name)
	switch {
	case !ok || !ok2:
	case runtime.GOOS == "freebsd" && len(groups) == 1:
		s.Command, s.Undo = "pw groupmod "+list+" -m "+who, "pw groupmod "+list+" -d "+who
	case runtime.GOOS != "freebsd":
		s.Command = "usermod -aG " + list + " " + who
		if len(groups) == 1 {
			s.Undo = "gpasswd -d " + who + " " + list
		}
	}
	return s
}

// forbidden: the mode bits allow it, so something else does not. What is in force
// on this host is named first; root is told of what takes root's rights away.
func (h Host) forbidden(path string) *Denied {
	d := &Denied{Path: path, Why: "the mode bits allow it, so something else forbids it"}
	word, ok := Slot(path)
	see := func(text, command string) {
		if !ok && strings.HasSuffix(command, " ") {
			command = ""
		} else if strings.HasSuffix(command, " ") {
			command += word
		}
		d.Steps = append(d.Steps, Step{Text: text, Command: command})
	}
	if h.Contents("/sys/fs/selinux/enforce") == "1" {
		d.Why = "the mode bits allow it, and SELinux is enforcing"
		see("see what SELinux refused", "ausearch -m avc -ts recent -c mailtop")
		see("see the label of the file", "ls -Z ")
	}
	if label := h.Contents("/proc/self/attr/current"); h.Contents("/sys/module/apparmor/parameters/enabled") == "Y" && label != "" && label != "unconfined" {
		d.Why = "the mode bits allow it, and AppArmor confines this process"
		see("see what AppArmor refused", "journalctl -k -g apparmor")
		see("see the profiles", "aa-status")
	}
	if len(d.Steps) == 0 {
		see("see the rights along the path", "namei -l ")
		see("see the access lists, which a mode does not show", "getfacl ")
	}
	return d
}

// Contents is a short file of this host, trimmed; "" when there is none.
func (h Host) Contents(path string) string {
	f, err := os.Open(filepath.Join(h.Root, path))
	if err != nil {
		return ""
	}
	defer f.Close()
	b, _ := io.ReadAll(io.LimitReader(f, maxOutput))
	return strings.Trim(string(b), " \n\x00")
}

// Who is the user that reads.
func (h Host) Who() Reader {
	if h.Reader != nil {
		return *h.Reader
	}
	return thisReader()
}

func (h Host) groupName(gid uint32) string {
	id := strconv.FormatUint(uint64(gid), 10)
	if h.Group != nil {
		return h.Group(id)
	}
	if g, err := user.LookupGroupId(id); err == nil {
		return g.Name
	}
	return id
}
