package source

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
)

// containerName is a name that docker and podman accept, see "docker run --name".
var containerName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$`)

// ErrName says that a name was refused before anything was run.
var ErrName = errors.New("not accepted as the name")

// Docker is the log of a container as a source: the file that docker or podman
// writes, followed through its rotation, or what "docker logs" prints where the file
// may not be read or the log is kept elsewhere. h runs the commands that ask.
func Docker(ctx context.Context, o Options, h Host, name string) (Source, error) {
	if !containerName.MatchString(name) {
		return nil, fmt.Errorf("%q is %w of a container: letters, digits and _ . - only; see: docker ps", name, ErrName)
	}
	if h.Run == nil {
		h.Run = runCommand
	}
	f := &finder{h: h}
	tool, path := "docker", f.ask(ctx, "docker", "inspect", "--format", "{{.LogPath}}", "--", name)
	driver := ""
	if !filepath.IsAbs(path) {
		driver = f.ask(ctx, "docker", "inspect", "--format", "{{.HostConfig.LogConfig.Type}}", "--", name)
	}
	if !filepath.IsAbs(path) && driver == "" {
		tool, path = "podman", f.ask(ctx, "podman", "inspect", "--format", "{{.HostConfig.LogConfig.Path}}", "--", name)
		driver = f.ask(ctx, "podman", "inspect", "--format", "{{.HostConfig.LogConfig.Type}}", "--", name)
	}
	switch {
	case filepath.IsAbs(path) && tool == "docker":
		path = filepath.Join(h.Root, path)
		if readable(path, false) == nil {
			s := newSeries(o, path, nil)
			s.name, s.kind = "docker:"+name, "docker"
			return s, nil
		}
	case driver == "" && path == "":
		return nil, fmt.Errorf("container %q is not known to docker or podman here; see: docker ps", name)
	case driver == "none":
		return nil, errors.New("container " + name + " keeps no log (its log driver is none); start it with --log-driver json-file")
	}
	return newContainerLogs(o, tool, name), nil
}

// shellWord is a container's name where it needs no quoting, else a placeholder.
func shellWord(name string) string {
	if containerName.MatchString(name) {
		return name
	}
	return "NAME"
}
