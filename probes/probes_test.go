package probes_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mailtop/probes"
)

func TestFindingJSON(t *testing.T) {
	f := probes.Finding{Target: "mx", Check: "banner", Verdict: probes.Warn, Result: "masked", Title: "a<b \x1b\x7f\u009b\u202e\u2028 \xff grün", MS: 1.5}
	got, err := f.JSON()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"target":"mx","check":"banner","verdict":"warn","result":"masked","title":"a<b \u001b\u007f\u009b\u202e\u2028 \ufffd grün","ms":1.5}`
	if d := cmp.Diff(want, string(got)); d != "" {
		t.Error(d)
	}
	var back probes.Finding
	if err := json.Unmarshal(got, &back); err != nil || back.Verdict != probes.Warn {
		t.Errorf("%v %v", back, err)
	}
}
