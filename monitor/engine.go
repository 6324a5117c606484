package monitor

import (
	"context"
	"time"

	"mailtop/logparse"
	"mailtop/monitor/detect"
	"mailtop/monitor/join"
	"mailtop/monitor/own"
	"mailtop/monitor/queue"
	"mailtop/monitor/report"
	"mailtop/monitor/series"
	"mailtop/monitor/sketch"
	"mailtop/monitor/source"
)

// Options of an Engine. The zero value analyses a file: nothing known of the host,
// the same result on every run.
type Options struct {
	Facts detect.Facts
	Hash  sketch.Hasher // zero: sketch.Fixed
	// Report collects the tables of a report as well.
	Report bool
	// Several says that more than one source feeds in: what two of them tell counts
	// once.
	Several bool
	// Own are the sessions that this very process makes to the host's mail ports: they
	// are shown, but neither judged nor counted. May be nil.
	Own *own.Set
	// Quiet says that nobody will ask for Changes.
	Quiet bool
	// Now is the clock of a live engine; nil: event time alone counts.
	Now func() time.Time
	// Told says up to which offset of a batch's file an earlier run has told of the
	// records; nil: there was none. See Old.
	Told func(*source.Batch) int64
	// Taken is called with each batch that was taken, before it is released.
	Taken func(*source.Batch)
}

// lateness is how far the watermark of a live engine stays behind the clock.
const lateness = 5 * time.Second

// Engine owns all state. One goroutine runs it; everybody else asks through Do.
type Engine struct {
	opt     Options
	join    *join.Joiner
	detect  *detect.Detector
	series  *series.Set
	tally   *report.Tally
	recent  recent
	unseen  patterns
	doubles *doubles

	status  func() []source.Status
	origins []*source.Origin
	ids     map[*source.Origin]uint32

	cover Coverage
	queue QueueState
	known bool // a record named the host
	first int64
	last  int64
	depth int64 // second of the newest queue depth in the series

	asks    chan func()
	ended   chan struct{}
	done    chan struct{}
	changed chan struct{} // one slot: something happened since it was last emptied
	told    uint64
	wasLive bool
	old     bool
	mine    []uint32 // positions of the batch's records that are of own sessions
}

// Series ids, in the order of seriesNames.
const (
	serConnections = iota
	serReceived
	serDelivered
	serDeferred
	serBounced
	serRejected
	serAuthOK
	serAuthFailures
	serAuthErrors
	serBytes
	serQueue
	numSeries
)

var seriesNames = [numSeries]string{
	SeriesConnections, SeriesReceived, SeriesDelivered, SeriesDeferred, SeriesBounced, SeriesRejected,
	SeriesAuthOK, SeriesAuthFailures, SeriesAuthErrors, SeriesBytes, SeriesQueue,
}

// New returns an engine that has seen nothing.
func New(o Options) *Engine {
	if o.Hash == (sketch.Hasher{}) {
		o.Hash = sketch.Fixed
	}
	e := &Engine{opt: o, ids: make(map[*source.Origin]uint32), asks: make(chan func()), ended: make(chan struct{}), done: make(chan struct{}), changed: make(chan struct{}, 1)}
	e.join = join.New(o.Hash)
	e.detect = detect.New(o.Hash, e.join, o.Facts)
	levels := make([]bool, numSeries)
	levels[serQueue] = true
	e.series = series.New(seriesNames[:], levels)
	if o.Quiet {
		e.detect.Mute()
	}
	e.unseen.init()
	e.doubles = newDoubles(o.Hash)
	if o.Report {
		e.tally = report.NewTally(o.Hash)
	}
	return e
}

// Run takes batches until in is closed and answers questions until ctx is done.
// It must be called once; status tells of the sources that feed in.
func (e *Engine) Run(ctx context.Context, in <-chan *source.Batch, status func() []source.Status) {
	defer close(e.done)
	e.status = status
	var tick <-chan time.Time
	if e.opt.Now != nil {
		t := time.NewTicker(time.Second)
		defer t.Stop()
		tick = t.C
	}
	for {
		select {
		case <-ctx.Done():
			return
		case f := <-e.asks:
			f()
		case <-tick:
			e.idle()
		case b, ok := <-in:
			if !ok {
				in = nil
				e.cover.Ended = true
				close(e.ended)
			} else {
				e.Ingest(b)
			}
		}
		e.wake()
	}
}

// wake tells whoever waits on Changed that there are incident changes, or that
// the engine has arrived at now.
func (e *Engine) wake() {
	live := e.Live()
	if e.told == e.detect.Seq() && live == e.wasLive {
		return
	}
	e.told, e.wasLive = e.detect.Seq(), live
	select {
	case e.changed <- struct{}{}:
	default:
	}
}

// Changed gets a value after incident changes and when everything there was has
// been read. It is for one reader.
func (e *Engine) Changed() <-chan struct{} { return e.changed }

// Live says that everything there was has been read.
func (e *Engine) Live() bool { return e.cover.Ended || e.live() }

// Ended is closed when every batch has been taken.
func (e *Engine) Ended() <-chan struct{} { return e.ended }

// Finished says whether Ended is closed.
func (e *Engine) Finished() bool {
	select {
	case <-e.ended:
		return true
	default:
		return false
	}
}

// Do runs f in the engine's goroutine and waits for it; false when the engine has
// stopped or ctx is done first.
func (e *Engine) Do(ctx context.Context, f func()) bool {
	ran := make(chan struct{})
	select {
	case e.asks <- func() { f(); close(ran) }:
		<-ran
		return true
	case <-e.done:
		return false
	case <-ctx.Done():
		return false
	}
}

// Ingest takes one batch and releases it. It is for the goroutine of Run, and for
// callers that never call Run.
func (e *Engine) Ingest(b *source.Batch) {
	id, src := e.origin(b.Origin), e.doubles.id(b.Origin)
	several := e.opt.Several || len(e.doubles.names) > 1
	told := int64(0)
	if e.opt.Told != nil {
		told = e.opt.Told(b)
	}
	e.detect.StartBatch(b.Live, b.Mark&source.Lossy != 0)
	for i := range b.Events {
		ev := &b.Events[i]
		off := b.Offset + int64(ev.Pos)
		e.old = off < told
		e.detect.Hear(id, ev, &b.Block, off)
		if several && e.doubles.again(&b.Events[i], &b.Block, src) {
			continue
		}
		e.apply(&b.Events[i], b, id)
	}
	e.old = false
	e.cover.Lines += b.Lines
	e.recent.keep(b, id, e.mine)
	e.mine = e.mine[:0]
	if e.opt.Taken != nil {
		e.opt.Taken(b)
	}
	b.Release()
}

// Old says that the change at hand comes of a record that an earlier run has told
// of. It is for the function that OnChange has called.
func (e *Engine) Old() bool { return e.old }

// maxOrigins bounds how many files are told apart; a log rotated hourly for years
// does not reach it.
const maxOrigins = 1 << 16

func (e *Engine) origin(o *source.Origin) uint32 {
	id, ok := e.ids[o]
	if !ok && len(e.origins) < maxOrigins {
		id = uint32(len(e.origins))
		e.origins = append(e.origins, o)
		e.ids[o] = id
		e.detect.NameSource(id, o.Source)
	}
	return id
}

// Finish says that no more batches come, for callers that never call Run.
func (e *Engine) Finish() { e.cover.Ended = true }

// apply takes one event: joined, counted, judged.
func (e *Engine) apply(ev *logparse.Event, b *source.Batch, id uint32) {
	if ev.Time == 0 {
		ev.Time = e.last * 1e9 // a record without a stamp belongs to the one before
	}
	f := e.join.Join(ev, &b.Block)
	f.SourceID, f.Offset, f.Lines = id, b.Offset+int64(ev.Pos), b
	if !e.known && ev.Host.Len > 0 {
		e.known = true
		e.detect.SetHost(string(f.Text(ev.Host)))
	}
	e.seen(f)
	if e.opt.Own.Match(ev, &b.Block) {
		e.mine = append(e.mine, ev.Pos)
		return
	}
	e.detect.Observe(f)
	e.count(f)
	if e.tally != nil {
		e.tally.Observe(f)
	}
}

// seen notes what was read.
func (e *Engine) seen(f *join.Fact) {
	e.cover.Events++
	if e.first == 0 || f.Sec < e.first && f.Sec > 0 {
		e.first = f.Sec
	}
	if f.Sec > e.last {
		e.last = f.Sec
		e.series.Touch(f.Sec)
		e.noteDepth(f.Sec)
	}
	switch {
	case f.Kind == logparse.KindUnknown && f.MTA == logparse.MTANone && f.Program.Len > 0:
		e.cover.NotMail += int64(f.Weight) // a whole system's log holds cron and sshd too
	case f.Kind == logparse.KindUnknown || f.Has&logparse.IsUnmatched != 0:
		e.cover.Unknown += int64(f.Weight)
		e.unseen.add(f)
	case f.Kind == logparse.KindLogLoss:
		e.cover.Lost += int64(f.Value)
	}
}

// count adds a fact to the series.
func (e *Engine) count(f *join.Fact) {
	if f.Weight == 0 && f.Kind != logparse.KindDelivery && f.Kind != logparse.KindDisconnect {
		return
	}
	w := float64(f.Weight)
	switch f.Kind {
	case logparse.KindConnect:
		e.series.Add(serConnections, f.Sec, w)
	case logparse.KindReject:
		e.series.Add(serRejected, f.Sec, w)
	case logparse.KindAuthOK:
		e.series.Add(serAuthOK, f.Sec, w)
	case logparse.KindAuthFail:
		e.series.Add(serAuthFailures, f.Sec, w)
	case logparse.KindDisconnect:
		e.countDisconnect(f)
	case logparse.KindAuthError:
		e.series.Add(serAuthErrors, f.Sec, w)
	case logparse.KindAccept, logparse.KindQueued:
		e.countMessage(f)
	case logparse.KindDelivery:
		e.countDelivery(f)
	}
}

// countDisconnect counts what only the counters of a session tell of.
func (e *Engine) countDisconnect(f *join.Fact) {
	if f.Weight > 0 {
		e.series.Add(serAuthFailures, f.Sec, float64(f.Weight))
	}
	if f.LoggedIn > 0 {
		e.series.Add(serAuthOK, f.Sec, float64(f.LoggedIn))
	}
}

func (e *Engine) countMessage(f *join.Fact) {
	if f.NewLogin {
		e.series.Add(serAuthOK, f.Sec, 1)
	}
	if f.Msg == nil || !f.Msg.InQueue || f.Msg.Repeat || !f.Msg.Accepted {
		return
	}
	e.series.Add(serReceived, f.Sec, 1)
	e.series.Add(serBytes, f.Sec, float64(f.Size))
}

func (e *Engine) countDelivery(f *join.Fact) {
	if f.Scope == join.ScopeNone || f.Scope == join.ScopeFilter {
		return
	}
	switch f.Status {
	case logparse.StatusSent:
		e.series.Add(serDelivered, f.Sec, 1)
	case logparse.StatusDeferred:
		e.series.Add(serDeferred, f.Sec, 1)
	case logparse.StatusBounced, logparse.StatusExpired:
		e.series.Add(serBounced, f.Sec, 1)
	}
}

// depthEvery is how often the queue's depth goes into its series when only the
// log tells it.
const depthEvery = 10

func (e *Engine) noteDepth(sec int64) {
	if sec-e.depth < depthEvery {
		return
	}
	e.depth = sec
	if e.queue.Method == "" || e.queue.Method == MethodLog {
		e.series.Add(serQueue, sec, float64(e.join.Queued()))
	}
}

// idle moves a live engine's time on when no record comes: what is quiet is a
// fact too, but only after everything there was has been read.
func (e *Engine) idle() {
	if !e.live() {
		return
	}
	sec := e.opt.Now().Add(-lateness).Unix()
	if sec <= e.last {
		return
	}
	e.detect.Advance(sec)
	e.series.Touch(sec)
	e.noteDepth(sec)
}

// live says whether every source has arrived at the end of what there was.
func (e *Engine) live() bool {
	sts := e.sources()
	for i := range sts {
		if !sts[i].Live && !sts[i].Done {
			return false
		}
	}
	return len(sts) > 0
}

func (e *Engine) sources() []source.Status {
	if e.status == nil {
		return nil
	}
	return e.status()
}

// MethodLog is the method of a queue depth that is accepted minus removed ids.
const MethodLog = "log"

// Observe takes a sample of the queue.
func (e *Engine) Observe(q queue.Sample) {
	if q.Err != "" {
		e.queue = QueueState{Err: q.Err}
		return
	}
	e.queue = QueueState{true, q.Method, q.At, q.Depth(), q.Active, q.Deferred, q.Hold, q.Incoming, q.Oldest, ""}
	e.series.Add(serQueue, q.At.Unix(), float64(q.Depth()))
}

// OnChange has f told of every incident change as it happens, in the engine's
// goroutine: for one that must miss none.
func (e *Engine) OnChange(f func(detect.Change)) {
	e.detect.OnChange(func(c detect.Change) {
		e.nameEvidence(&c.Incident)
		f(c)
	})
}

// Changes returns the incident changes after seq.
func (e *Engine) Changes(after uint64) []detect.Change {
	cs := e.detect.Changes(after)
	for i := range cs {
		e.nameEvidence(&cs[i].Incident)
	}
	return cs
}

func (e *Engine) nameEvidence(inc *detect.Incident) {
	for i := range inc.Evidence {
		if id := int(inc.Evidence[i].SourceID); id < len(e.origins) {
			inc.Evidence[i].Source = e.origins[id].Source
		}
	}
}

// Origin returns the file that a piece of evidence stands in, nil when unknown.
func (e *Engine) Origin(ev detect.Evidence) *source.Origin {
	if int(ev.SourceID) < len(e.origins) {
		return e.origins[ev.SourceID]
	}
	return nil
}
