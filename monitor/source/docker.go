package source

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
)

// Docker is the log of a container as a source: the file that docker or podman
// writes, followed through its rotation. h runs the commands.
func Docker(ctx context.Context, o Options, h Host, container string) (Source, error) {
	if h.Run == nil {
		h.Run = runCommand
	}
	f := &finder{h: h}
	path := f.ask(ctx, "docker", "inspect", "--format", "{{.LogPath}}", "--", container)
	if path == "" {
		path = f.ask(ctx, "podman", "inspect", "--format", "{{.HostConfig.LogConfig.Path}}", "--", container)
	}
	if !filepath.IsAbs(path) {
		driver := f.ask(ctx, "docker", "inspect", "--format", "{{.HostConfig.LogConfig.Type}}", "--", container)
		if driver == "" {
			return nil, fmt.Errorf("container %q is not known to docker or podman here; see: docker ps", container)
		}
		return nil, fmt.Errorf("container %q logs with the driver %q, not to a file; pipe it: docker logs -f %s 2>&1 | mailtop -", container, driver, shellWord(container))
	}
	path = filepath.Join(h.Root, path)
	if err := readable(path, false); err != nil {
		return nil, fmt.Errorf("container %q: %w", container, err)
	}
	s := newSeries(o, path, nil)
	s.name, s.kind = "docker:"+container, "docker"
	return s, nil
}

// shellWord is a container's name where it needs no quoting, else a placeholder.
func shellWord(name string) string {
	if strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") != "" || strings.HasPrefix(name, "-") {
		return "NAME"
	}
	return name
}
