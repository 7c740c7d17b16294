// Package orders holds the rules: which commands there are, when they are accepted, what they do.
package orders

import "errors"

// The types of commands, and of the events that record them.
const (
	Created = "OrderCreated"
	Updated = "OrderUpdated"
	Deleted = "OrderDeleted"
)

// Refusals: a valid command that the rules do not allow now.
var (
	ErrExists   = errors.New("the order exists already")
	ErrNotFound = errors.New("the order does not exist")
)

// ErrBroken says that stored events are not what the rules let through.
var ErrBroken = errors.New("an event cannot follow on those before it")

// Command is a valid command. A member that its type does not have, or that was left out, is empty.
type Command struct {
	Type      string `json:"type"`
	OrderID   string `json:"orderId"`
	Customer  string `json:"customer,omitempty"`
	CreatedAt string `json:"createdAt,omitempty"`
	UpdatedAt string `json:"updatedAt,omitempty"`
}

// Event says that a command was accepted, as the order's first, second, third ... one.
type Event struct {
	EventID string `json:"eventId"`
	Version int    `json:"version"`
	Command
}

// Order is an order as it is shown; nil is one that does not exist.
type Order struct {
	OrderID   string `json:"orderId" dynamodbav:"orderId"`
	Customer  string `json:"customer" dynamodbav:"customer"`
	CreatedAt string `json:"createdAt" dynamodbav:"createdAt"`
	UpdatedAt string `json:"updatedAt,omitempty" dynamodbav:"updatedAt,omitempty"`
}

// Decide returns the refusal of the command, or nil when the order, as it is, allows it.
func (o *Order) Decide(c Command) error {
	switch exists := o != nil; {
	case c.Type == Created && exists:
		return ErrExists
	case c.Type != Created && !exists:
		return ErrNotFound
	}
	return nil
}

// After returns the order as the event leaves it, or ErrBroken.
func (o *Order) After(e Event) (*Order, error) {
	if o.Decide(e.Command) != nil {
		return nil, ErrBroken
	}
	switch e.Type {
	case Created:
		return &Order{OrderID: e.OrderID, Customer: e.Customer, CreatedAt: e.CreatedAt}, nil
	case Updated:
		next := *o
		next.UpdatedAt = e.UpdatedAt
		if e.Customer != "" {
			next.Customer = e.Customer
		}
		return &next, nil
	}
	return nil, nil
}
