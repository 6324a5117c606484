package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mailtop/monitor/detect"
)

// What Exim 4.96 prints for its lists, and what it makes of the host's facts.
func TestEximFacts(t *testing.T) {
	for _, c := range []struct {
		name               string
		local, relay, from string
		domains, networks  string
		known              bool
	}{
		{
			"Debian", "domainlist local_domains = @:localhost:example.net:mail.example.net", "domainlist relay_to_domains = example.org", "hostlist relay_from_hosts = 192.0.2.0/24 : 127.0.0.1 : ::::1",
			"mx1.example.net localhost example.net mail.example.net example.org", "192.0.2.0/24 127.0.0.1/32 ::1/128", true,
		},
		{"another separator", "domainlist local_domains = <; @ ; @[]", "domainlist relay_to_domains = ", "hostlist relay_from_hosts = <; 2001:db8::/32 ; 127.0.0.1", "mx1.example.net", "2001:db8::/32 127.0.0.1/32", true},
		{"a lookup hides domains", "domainlist local_domains = lsearch;/etc/localdomains", "", "", "", "", false},
		{"a part of them", "domainlist local_domains = example.net : *.example.net", "", "", "example.net", "", false},
		{"a host name among the networks", "domainlist local_domains = example.net", "", "hostlist relay_from_hosts = +trusted", "example.net", "", false},
		{"no such list", "", "", "", "", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var f detect.Facts
			eximFacts(&f, func(args ...string) string {
				return map[string]string{"+local_domains": c.local + "\n", "+relay_to_domains": c.relay, "+relay_from_hosts": c.from, "primary_hostname": "primary_hostname = mx1.example.net\n"}[strings.Join(args, " ")]
			})
			var networks []string
			for _, p := range f.Networks {
				networks = append(networks, fmt.Sprint(p))
			}
			if d := cmp.Diff([]string{c.domains, c.networks, fmt.Sprint(c.known)}, []string{strings.Join(f.LocalDomains, " "), strings.Join(networks, " "), fmt.Sprint(f.Known)}); d != "" {
				t.Error(d)
			}
		})
	}
}
