package main

import (
	"context"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"mailtop/monitor/source"
)

// shipment is events on their way to a reader that wants each of them once.
type shipment struct {
	m    *memory
	out  io.Writer // the file or pipe itself
	w    *exactly
	raw  bool
	buf  []byte // whole lines, not written yet
	line []byte
}

const (
	shipAtOnce = 256 << 10
	shipIdle   = 250 * time.Millisecond // without a new record until the place is saved
)

// shipEvents prints from where the last run stopped, and saves the place after
// each second of output and when there is nothing more to print.
func shipEvents(cmd *cobra.Command, fd *feed, raw bool, m *memory) error {
	ctx := cmd.Context()
	s := &shipment{m: m, out: cmd.OutOrStdout(), raw: raw}
	s.w = newExactly(s.out, m.r.Output)
	idle := time.NewTimer(shipIdle)
	defer idle.Stop()
	for {
		select {
		case b, ok := <-fd.batches:
			if !ok {
				if err := s.save(); err != nil {
					return err
				}
				return fd.end()
			}
			if err := s.take(ctx, b); err != nil {
				return err
			}
			idle.Reset(shipIdle)
		case <-idle.C:
			if err := s.save(); err != nil {
				return err
			}
		}
	}
}

// take prints a batch. Once ctx is done batches may be missing before it, so
// nothing counts any more.
func (s *shipment) take(ctx context.Context, b *source.Batch) error {
	defer b.Release()
	if ctx.Err() != nil {
		return nil
	}
	s.m.gap(ctx, b)
	for i := range b.Events {
		// line numbers are known only where a file was read from its start, and the same
		// event must be the same line in every run
		s.line = appendEvent(s.line[:0], b, &b.Events[i], 0, s.raw)
		s.m.wrote(s.line)
		s.buf = append(s.buf, s.line...)
	}
	s.m.took(b)
	switch {
	case time.Since(s.m.saved) >= saveEvery:
		return s.save()
	case b.Live, b.Mark&source.Arrived != 0, len(s.buf) >= shipAtOnce:
		return s.flush()
	}
	return nil
}

func (s *shipment) flush() error {
	if len(s.buf) == 0 {
		return nil
	}
	_, err := s.w.Write(s.buf)
	s.buf = s.buf[:0]
	return err
}

// save writes what is left, then the place. An output file is synced first: the
// place must never be ahead of it, also after a power cut.
func (s *shipment) save() error {
	if err := s.flush(); err != nil {
		return err
	}
	if !s.m.dirty {
		s.m.saved = time.Now()
		return nil
	}
	if _, ok := placeOf(s.out); ok {
		if err := s.out.(*os.File).Sync(); err != nil {
			return err
		}
	}
	s.m.place(s.out, len(s.w.have))
	s.m.save(time.Now())
	return nil
}
