package source

// partShape says how a record was split by the program that carried it.
type partShape uint8

const whole partShape = 0

// part is a piece of a record, found by a worker.
type part struct {
	kind    partShape
	at, end int // in Buf
	event   int // index into Events before which the joined record belongs
}

func partKind([]byte) partShape { return whole }

// joiner puts split records together, in the order of the file.
type joiner struct{}

func newJoiner(*Options) *joiner { return &joiner{} }

func (*joiner) batch(*Batch) {}
