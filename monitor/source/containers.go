package source

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// maxContainers bounds how many containers of a host are looked at.
const maxContainers = 32

// engines run containers; both know the same commands.
var engines = []string{"docker", "podman"}

// containers lists the containers of mail servers that run here.
func (f *finder) containers(ctx context.Context) []Candidate {
	var list []Candidate
	for _, engine := range engines {
		for line := range strings.Lines(f.ask(ctx, engine, "ps", "--format", "{{.Names}}\t{{.Image}}")) {
			name, image, _ := strings.Cut(strings.TrimSpace(line), "\t")
			stack := stackOf(name, image)
			if stack == "" || len(list) >= maxContainers || slices.ContainsFunc(list, func(c Candidate) bool { return c.Path == Container+name }) {
				continue
			}
			list = append(list, f.container(ctx, engine, name, stack))
		}
	}
	return list
}

// stackOf names the mail server that a container is part of; "" for one that is no
// mail server.
func stackOf(name, image string) string {
	for _, s := range stacks {
		for _, p := range s.parts {
			if strings.Contains(name, p) || strings.Contains(image, p) {
				return s.name
			}
		}
	}
	for _, p := range mailPrograms {
		if strings.Contains(name, p) || strings.Contains(image, p) {
			return name
		}
	}
	return ""
}

// container says whether the log of a container can be read, see docker-logs(1).
func (f *finder) container(ctx context.Context, engine, name, stack string) Candidate {
	c := Candidate{Path: Container + name, Stack: stack, Why: engine + ", part of " + stack}
	if stack == name {
		c.Why = engine
	}
	switch driver := f.ask(ctx, engine, "inspect", "--format", "{{.HostConfig.LogConfig.Type}}", "--", name); driver {
	case "none":
		c.Err = fmt.Errorf("container %s keeps no log (driver none); start it with: --log-driver json-file", shellWord(name))
	case "":
		c.Err = errors.New(engine + " does not tell of container " + shellWord(name) + "; see: " + engine + " inspect " + shellWord(name))
	}
	return c
}

// Open is Files for what discovery finds: a name may be that of a container, too.
func Open(ctx context.Context, o Options, h Host, names ...string) (*Set, error) {
	var files []string
	var sources []Source
	var bad error
	for _, n := range names {
		name, ok := strings.CutPrefix(n, Container)
		if !ok {
			files = append(files, n)
			continue
		}
		s, err := Docker(ctx, o, h, name)
		if err != nil && bad == nil {
			bad = err
		}
		if err == nil {
			sources = append(sources, OneHost(s))
		}
	}
	if len(files) == 0 && len(sources) > 0 {
		return NewSet(o, sources...), bad
	}
	set, err := Files(o, files...)
	if set == nil || len(sources) == 0 {
		return set, errors.Join(err, bad)
	}
	return NewSet(o, append(set.Sources(), sources...)...), errors.Join(err, bad)
}

// OneHost takes the host out of the records of a source. Each container of a stack
// has a host name of its own, and a message passes through several of them: without
// the names all are the host that mailtop runs on.
func OneHost(s Source) Source { return oneHost{s} }

type oneHost struct{ Source }

// Run implements Source.
func (o oneHost) Run(ctx context.Context, out chan<- *Batch) error {
	in := make(chan *Batch, cap(out))
	done := make(chan error, 1)
	go func() {
		defer close(in)
		done <- o.Source.Run(ctx, in)
	}()
	for b := range in {
		for i := range b.Events {
			b.Events[i].Host.Len = 0
		}
		handOut(ctx, out, b)
	}
	return <-done
}
