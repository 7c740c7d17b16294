package orders

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"
	"unicode/utf8"
)

// ErrInvalid marks what is no command or event at all.
var ErrInvalid = errors.New("invalid")

var (
	id       = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)
	dateTime = regexp.MustCompile(`^[^T]{10}T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)
)

// IsID tells whether the text can be an order's id.
func IsID(s string) bool { return id.MatchString(s) }

// Parse reads a command; members that its type does not have are dropped.
func Parse(text []byte) (Command, error) {
	m, err := object(text)
	if err != nil {
		return Command{}, err
	}
	c := Command{Type: m.required("type", isType), OrderID: m.required("orderId", IsID)}
	switch c.Type {
	case Created:
		c.Customer = m.required("customer", isCustomer)
		c.CreatedAt = m.required("createdAt", isDateTime)
	case Updated:
		c.Customer = m.optional("customer", isCustomer)
		c.UpdatedAt = m.required("updatedAt", isDateTime)
	}
	return c, m.err
}

// ParseEvent reads an event as it is stored and published.
func ParseEvent(text []byte) (Event, error) {
	var own struct {
		EventID string
		Version int
	}
	c, err := Parse(text)
	if err != nil {
		return Event{}, err
	}
	if err := json.Unmarshal(text, &own); err != nil || own.EventID == "" || own.Version < 1 {
		return Event{}, fmt.Errorf("%w: expected an eventId and a version from 1", ErrInvalid)
	}
	return Event{EventID: own.EventID, Version: own.Version, Command: c}, nil
}

// members are those of a JSON object by their exact names (a struct would match any case), and the
// first thing found wrong with them.
type members struct {
	raw map[string]json.RawMessage
	err error
}

func object(text []byte) (*members, error) {
	var m members
	if err := json.Unmarshal(text, &m.raw); err != nil || m.raw == nil || !isUnicode(text) {
		return nil, fmt.Errorf("%w: expected a JSON object", ErrInvalid)
	}
	return &m, nil
}

func (m *members) required(name string, valid func(string) bool) string {
	var text *string
	if json.Unmarshal(m.raw[name], &text) == nil && text != nil && valid(*text) {
		return *text
	}
	if m.err == nil {
		m.err = fmt.Errorf("%w: %s is missing or not as it should be", ErrInvalid, name)
	}
	return ""
}

func (m *members) optional(name string, valid func(string) bool) string {
	if _, given := m.raw[name]; !given {
		return ""
	}
	return m.required(name, valid)
}

func isType(s string) bool { return s == Created || s == Updated || s == Deleted }

func isCustomer(s string) bool {
	for _, r := range s {
		if r < ' ' {
			return false
		}
	}
	length := utf8.RuneCountInString(s)
	return 1 <= length && length <= 1000
}

// isDateTime tells whether the text is an RFC 3339 date-time. time.Parse knows the calendar, but would
// also take a comma for the point, one digit for the hour and an offset of a day.
func isDateTime(s string) bool {
	_, err := time.Parse(time.RFC3339, s)
	return err == nil && dateTime.MatchString(s)
}

var (
	backslash = regexp.MustCompile(`\\\\`)
	pair      = regexp.MustCompile(`(?i)\\ud[89ab][0-9a-f]{2}\\ud[c-f]`)
	surrogate = regexp.MustCompile(`(?i)\\ud[89a-f]`)
)

// isUnicode tells whether a JSON text is UTF-8 without escaped halves of surrogate pairs: of both,
// encoding/json would make U+FFFD without a word.
func isUnicode(text []byte) bool {
	escapes := backslash.ReplaceAll(text, []byte(" "))
	return utf8.Valid(text) && !surrogate.Match(pair.ReplaceAll(escapes, []byte(" ")))
}
