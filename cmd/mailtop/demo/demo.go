// Package demo is a small real mail server with real traffic and staged attacks,
// for looking at mailtop without a mail host of one's own.
//
// Everything happens on loopback. A go-smtp server listens on free ports in the
// roles of 25 (STARTTLS), 587 (STARTTLS, AUTH) and 465 (implicit TLS, AUTH) with
// a throw-away certificate; it relays for nobody who is not logged in. Clients
// reach the same server through one more port that reads PROXY headers, so that
// it sees their documentation addresses. What it accepts goes through a queue
// and a delivering client to more servers on loopback that accept, refuse or
// defer. Each step writes its line as Postfix would (monitor/logsim): a line
// exists because a session did what it says.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"mailtop/monitor/logsim"
)

// Options change what the demo plays. The zero value is right for a viewer.
type Options struct {
	Seed  uint64           // of the traffic; 0: another one each time
	Speed float64          // the traffic's pauses are divided by it; 0: 1
	Now   func() time.Time // stamps the log; nil: time.Now
	// Log is where the log is written; empty: a file in a temporary directory
	// that Close removes. A log named here is kept.
	Log string
	// Quiet plays no staged attacks, only normal traffic; Stages names the stages
	// to play (guessing hijack queue spray flood relay), nil is all of them.
	Quiet  bool
	Stages []string
	// Still plays no traffic at all: the server waits for clients.
	Still bool

	tee  io.Writer // gets each line too; for tests
	bare bool      // stages without normal traffic; for tests
}

// Target is a port of the demo's server for the prober.
type Target struct {
	Role uint16 // 25, 587 or 465
	Addr string // host:port on loopback
}

// Demo is a running demo.
type Demo struct {
	LogPath string   // the mail log, growing
	Targets []Target // in the roles of 25, 587 and 465
	Host    string   // the host's name, as in the log and the certificate
	Domain  string   // the domain it is responsible for

	opt     Options
	dir     string
	file    *logFile
	log     *logsim.Postfix
	server  *server
	sink    *sink
	queue   *queue
	player  *player
	network *network
	master  logsim.Proc

	cancel    context.CancelFunc
	stop      func() bool
	listeners []net.Listener
	serving   sync.WaitGroup // accept loops, queue, anvil's reports
	stage     atomic.Value   // string
	once      sync.Once
	err       error
}

// Start starts everything. When ctx ends the demo ends; Close waits for that.
func Start(ctx context.Context, o Options) (*Demo, error) {
	if o.Speed <= 0 {
		o.Speed = 1
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Seed == 0 {
		o.Seed = uint64(o.Now().UnixNano())
	}
	d := &Demo{opt: o, Host: hostName, Domain: ourDomain, LogPath: o.Log}
	d.stage.Store("")
	if err := d.start(ctx); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

func (d *Demo) start(ctx context.Context) error {
	if err := knownStages(d.opt.Stages); err != nil {
		return err
	}
	if err := d.openLog(); err != nil {
		return err
	}
	cert, err := throwAway(hostName, d.opt.Now())
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(d.opt.Seed, 0))
	procs := logsim.NewProcs(1000 + r.IntN(3000))
	d.master = procs.Acquire("master")
	d.log.Started(d.master, "3.8.6")
	d.build(procs, newPeople(r), newPartners(), newHops())
	d.server.tls = serverTLS(cert)
	if err := d.listen(); err != nil {
		return err
	}
	ctx, d.cancel = context.WithCancel(ctx)
	d.run(ctx)
	d.stop = context.AfterFunc(ctx, func() { d.Close() })
	return nil
}

func (d *Demo) openLog() error {
	if d.LogPath == "" {
		dir, err := os.MkdirTemp("", "mailtop-demo-")
		if err != nil {
			return fmt.Errorf("demo: no temporary directory: %w (set TMPDIR to a folder with room)", err)
		}
		d.dir, d.LogPath = dir, filepath.Join(dir, "mail.log")
	}
	f, err := createLog(d.LogPath, maxLog)
	if err != nil {
		return err
	}
	d.file = f
	var w io.Writer = f
	if d.opt.tee != nil {
		w = io.MultiWriter(f, d.opt.tee)
	}
	d.log = logsim.NewPostfix(w, "mail", d.opt.Now)
	return nil
}

// build wires server, queue, hosts of the world and players.
func (d *Demo) build(procs *logsim.Procs, folk *people, partners []partner, hops []*hop) {
	now := d.opt.Now
	d.network = &network{}
	byDomain := map[string]*hop{}
	for _, h := range hops {
		byDomain[h.domain] = h
	}
	d.queue = &queue{
		log: d.log, ids: &logsim.IDs{}, now: now, speed: d.opt.Speed,
		qmgr: procs.Acquire("qmgr"), cleanup: procs.Acquire("cleanup"), bounce: procs.Acquire("bounce"),
		post: &postman{log: d.log, now: now, net: d.network, procs: procs, hops: byDomain},
		wake: make(chan struct{}, 1), ready: make(chan *message),
	}
	d.server = &server{
		host: hostName, domain: ourDomain, log: d.log, now: now, people: folk, queue: d.queue,
		anvil: newAnvil(d.log, procs.Acquire("anvil"), now, time.Duration(float64(anvilUnit)/d.opt.Speed)), procs: procs,
		names: clientNames(folk, partners), slots: make(chan struct{}, maxSessions),
	}
	d.sink = newSink(hops, d.opt.Speed)
	d.player = &player{
		net: d.network, people: folk, partners: partners, hops: hops, speed: d.opt.Speed, seed: d.opt.Seed,
		busy: make(chan struct{}, maxPlaying), stage: func(s string) { d.stage.Store(s) }, queued: d.queue.depth,
	}
}

// listen opens the ports: three for the prober, one for clients of the world,
// two for the hosts we deliver to.
func (d *Demo) listen() error {
	for range len(roles) + 3 {
		l, err := listenLoopback()
		if err != nil {
			return err
		}
		d.listeners = append(d.listeners, l)
	}
	for i, r := range roles {
		d.Targets = append(d.Targets, Target{r.port, d.listeners[i].Addr().String()})
	}
	at := func(i int) netip.AddrPort { return addrPort(d.listeners[len(roles)+i].Addr()) }
	d.network.server, d.network.sinks, d.network.store = at(0), at(1), at(2)
	return nil
}

// run starts every goroutine.
func (d *Demo) run(ctx context.Context) {
	n := len(roles)
	for i, r := range roles {
		d.serving.Go(func() { d.server.serve(d.listeners[i], r, false) })
	}
	d.serving.Go(func() { d.server.serve(d.listeners[n], role{}, true) })
	d.serving.Go(func() { d.sink.serve(d.listeners[n+1], false) })
	d.serving.Go(func() { d.sink.serve(d.listeners[n+2], true) })
	d.serving.Go(func() { d.queue.run(ctx) })
	d.serving.Go(func() {
		for d.player.pause(ctx, anvilStatus) {
			d.server.anvil.report()
		}
	})
	if d.opt.Still {
		return
	}
	if !d.opt.bare {
		d.player.normal(ctx)
	}
	if !d.opt.Quiet {
		d.player.wg.Go(func() { d.player.staged(ctx, d.opt.Stages) })
	}
}

// Stage is the rule that the running stage should trip, empty in between.
func (d *Demo) Stage() string { return d.stage.Load().(string) }

// Queued is how many messages the demo's queue holds.
func (d *Demo) Queued() int { return d.queue.depth() }

// Err is the first error of writing the log.
func (d *Demo) Err() error { return d.log.Err() }

// Close ends the demo and waits until nothing is left: no goroutine, no port, no
// connection, no temporary file. It may be called again, and from anywhere.
func (d *Demo) Close() error {
	d.once.Do(func() { d.err = d.end() })
	return d.err
}

func (d *Demo) end() error {
	if d.stop != nil {
		d.stop()
	}
	if d.cancel != nil {
		d.cancel()
	}
	for _, l := range d.listeners {
		l.Close()
	}
	var errs []error
	if d.cancel != nil {
		d.player.wg.Wait()
		d.server.open.closeAll()
		d.sink.close()
		d.serving.Wait()
		d.server.wg.Wait()
		d.log.Terminating(d.master)
		errs = append(errs, d.log.Err())
	}
	if d.file != nil {
		errs = append(errs, d.file.Close())
	}
	if d.dir != "" {
		errs = append(errs, os.RemoveAll(d.dir))
	}
	return errors.Join(errs...)
}
