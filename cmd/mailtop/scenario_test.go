package main

import "github.com/rogpeppe/go-internal/txtar"

// scenarioLog is the log in a scenario of the monitor.
func scenarioLog(path string) ([]byte, error) {
	a, err := txtar.ParseFile(path)
	if err != nil {
		return nil, err
	}
	return a.Files[0].Data, nil
}
