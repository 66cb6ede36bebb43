package panel

// list is a selection in rows that come and go, and how far they are scrolled.
// The selection stays with its key where the key is still there.
type list struct {
	row  int
	key  string
	top  int
	page int // rows that were drawn last
}

// move answers the keys that move in a panel; n is the number of rows.
func (l *list) move(key string, n int) bool {
	page := max(l.page, 1)
	switch key {
	case "j", "down":
		l.row++
	case "k", "up":
		l.row--
	case "ctrl+d":
		l.row += max(page/2, 1)
	case "ctrl+u":
		l.row -= max(page/2, 1)
	case "pgdown":
		l.row += page
	case "pgup":
		l.row -= page
	case "g", "home":
		l.row = 0
	case "G":
		l.row = n - 1
	default:
		return false
	}
	l.row = max(0, min(l.row, n-1))
	return true
}

// follow finds the selected key again among n rows.
func (l *list) follow(n int, key func(i int) string) {
	if l.key != "" && (l.row >= n || l.row < 0 || key(l.row) != l.key) {
		for i := range n {
			if key(i) == l.key {
				l.row = i
				break
			}
		}
	}
	l.row = max(0, min(l.row, n-1))
}

// show scrolls so that the selected row is among page rows of n.
func (l *list) show(n, page int) {
	l.page = page
	l.top = max(0, min(l.top, l.row, n-page))
	if l.row >= l.top+page {
		l.top = l.row - page + 1
	}
}
