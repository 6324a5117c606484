package screen

import (
	"mailtop/logparse/clean"
	"mailtop/tui/theme"
	"mailtop/tui/widget"
)

// pane is a table of the Overview: it can be focused, and its rows opened.
type pane struct {
	title widget.Label
	empty widget.Label // what it says when there is no row
	table func(*Context) widget.Table
	open  func(x *Context, row int) Intent
	take  func(x *Context, row int) clean.Text
}

// The address comes first: a narrow table gives up columns from the right.
var panes = []pane{
	{"Top clients", "no client seen yet", clientTable, openClient, func(x *Context, i int) clean.Text { return text(x.Snap.Clients[i].IP).Text }},
	{"Top accounts", "no login seen yet", accountTable, openAccount, func(x *Context, i int) clean.Text { return text(x.Snap.Accounts[i].User).Text }},
	{"Next hops", "no delivery seen yet", hopTable, openHop, func(x *Context, i int) clean.Text { return text(x.Snap.NextHops[i].NextHop).Text }},
	{"Envelope senders", "no message seen yet", senderTable, openSender, func(x *Context, i int) clean.Text { return text(x.Snap.Senders[i].Domain).Text }},
}

func clientTable(x *Context) widget.Table {
	t := widget.Table{Columns: []widget.Column{
		{Title: "client", Flex: true, Min: 15}, {Title: ""}, {Title: "conn", Right: true}, {Title: "rej", Right: true},
		{Title: "auth!", Right: true}, {Title: "mail", Right: true}, {Title: "last"}, {Title: "name"},
	}}
	for i := range x.Snap.Clients {
		r := &x.Snap.Clients[i]
		t.Rows = append(t.Rows, []widget.Span{
			text(r.IP), mark(r.Severity, r.Incident), count(r.Connections), zeroBlank(r.Rejected),
			zeroBlank(r.AuthFailures), zeroBlank(r.Messages), text(x.clock(r.Last)), text(r.Name),
		})
	}
	return t
}

func accountTable(x *Context) widget.Table {
	t := widget.Table{Columns: []widget.Column{
		{Title: "account", Flex: true, Min: 18}, {Title: ""}, {Title: "mail", Right: true}, {Title: "rcpt", Right: true},
		{Title: "bounce", Right: true}, {Title: "nets", Right: true}, {Title: "login", Right: true}, {Title: "last mail"},
	}}
	for i := range x.Snap.Accounts {
		r := &x.Snap.Accounts[i]
		lastMail := "-"
		if !r.LastMail.IsZero() {
			lastMail = x.clock(r.LastMail)
		}
		t.Rows = append(t.Rows, []widget.Span{
			text(r.User), mark(r.Severity, r.Incident), zeroBlank(r.Messages), zeroBlank(r.Recipients),
			zeroBlank(r.Bounced), count(r.Networks), count(r.Logins), text(lastMail),
		})
	}
	return t
}

func hopTable(x *Context) widget.Table {
	t := widget.Table{Columns: []widget.Column{
		{Title: "next hop", Flex: true, Min: 16}, {Title: "queued", Right: true}, {Title: "sent", Right: true},
		{Title: "defer", Right: true}, {Title: "bounce", Right: true}, {Title: "last reason"},
	}}
	for i := range x.Snap.NextHops {
		r := &x.Snap.NextHops[i]
		t.Rows = append(t.Rows, []widget.Span{
			text(r.NextHop), zeroBlank(r.Queued), zeroBlank(r.Sent),
			zeroBlank(r.Deferred), zeroBlank(r.Bounced), {Text: widget.Clip(text(r.LastReason).Text, 40, x.Sym)},
		})
	}
	return t
}

func senderTable(x *Context) widget.Table {
	t := widget.Table{Columns: []widget.Column{
		{Title: "sender domain", Flex: true, Min: 20}, {Title: "mail", Right: true}, {Title: "rcpt", Right: true},
		{Title: "bounce", Right: true}, {Title: "defer", Right: true}, {Title: "size", Right: true},
	}}
	for i := range x.Snap.Senders {
		r := &x.Snap.Senders[i]
		t.Rows = append(t.Rows, []widget.Span{
			text(r.Domain), count(r.Messages), count(r.Recipients), zeroBlank(r.Bounced),
			zeroBlank(r.Deferred), text(widget.Bytes(r.Bytes)),
		})
	}
	return t
}

func openClient(x *Context, i int) Intent {
	r := &x.Snap.Clients[i]
	return openOr(r.Incident, r.IP)
}

func openAccount(x *Context, i int) Intent {
	r := &x.Snap.Accounts[i]
	return openOr(r.Incident, r.User)
}

func openHop(x *Context, i int) Intent { return ShowLog{x.Snap.NextHops[i].NextHop} }

func openSender(x *Context, i int) Intent {
	if d := x.Snap.Senders[i].Domain; d != "<>" {
		return ShowLog{"@" + d}
	}
	return ShowLog{"from=<>"}
}

// openOr opens the incident a row is part of, else the lines that name it.
func openOr(incident, name string) Intent {
	if incident != "" {
		return OpenIncident{incident}
	}
	return ShowLog{name}
}

// drawPane draws a table in a frame; cursor is -1 where it has no focus.
func (x *Context) drawPane(c *widget.Canvas, r widget.Rect, p *pane, list *widget.List, focus bool) {
	t := p.table(x)
	var hint widget.Line
	cursor := -1
	list.Window(len(t.Rows), r.H-3, func(int) int { return 1 })
	if focus && len(t.Rows) > 0 {
		cursor = list.Cursor
		// The whole of what a narrow row may have cut.
		hint = widget.Line{{Text: p.take(x, cursor)}, widget.L("  Enter", theme.Key), widget.T(" open")}
	}
	title := widget.Line{widget.L(p.title, theme.Title)}
	from := x.Snap.Coverage.From
	if p := x.Snap.Coverage.Preview; p != nil {
		from = p.From
	}
	if !from.IsZero() { // its counts are not those of the window
		title = append(title, widget.F(" since %s", x.clock(from)))
	}
	in := widget.Box(c, r, x.Sym, title, hint, focus)
	if len(t.Rows) == 0 {
		c.PutLabel(in.X+1, in.Y, in.W-1, p.empty, theme.Plain)
		return
	}
	t.Draw(c, in, x.Sym, list.Top(), cursor)
}
