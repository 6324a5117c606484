// Package monitor is the engine: the sole owner of state. Batches of events go
// in, incidents and snapshots come out.
package monitor
