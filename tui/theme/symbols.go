package theme

// Set is the kind of symbols that charts are drawn with.
type Set uint8

// Sets of chart symbols.
const (
	Blocks  Set = iota // eighth blocks, one value a column
	Braille            // 2x4 dots a cell, two values a column
	ASCII              // nothing beyond 7 bits
)

// Symbols are the lines and marks outside of charts.
type Symbols struct {
	Set              Set
	H, V             rune // frame lines
	TL, TR, BL, BR   rune // corners
	Ellipsis         rune
	Ticked, Unticked string // a signal that is met, or not
	Mark             string // stands before the row that keys act on
}

// Unicode needs a UTF-8 locale; no glyph in it needs a special font.
func Unicode() *Symbols {
	return &Symbols{
		Set: Blocks, H: '─', V: '│', TL: '╭', TR: '╮', BL: '╰', BR: '╯', Ellipsis: '…',
		Ticked: "[x]", Unticked: "[ ]", Mark: ">",
	}
}

// Plain7 is for terminals and locales without UTF-8.
func Plain7() *Symbols {
	return &Symbols{
		Set: ASCII, H: '-', V: '|', TL: '+', TR: '+', BL: '+', BR: '+', Ellipsis: '~',
		Ticked: "[x]", Unticked: "[ ]", Mark: ">",
	}
}
