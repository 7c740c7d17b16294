package main

import (
	"context"
	"errors"
	"slices"

	"orders/internal/eventstore"
	"orders/internal/orders"
)

const attempts = 5

var (
	errKeyReused = errors.New("the Idempotency-Key was used before, with another command")
	errLostRace  = errors.New("other commands came first and nothing was done, please send it again")
)

// service accepts commands. What it answers rests on published events only: the event of a command
// is published before it is acknowledged, again when it is retried (the first attempt may have died
// in between), and the last event is published again before a refusal that rests on it.
type service struct {
	store eventstore.Store
	bus   bus
}

// accept stores and publishes the command's event; an earlier attempt is known by its event id. Any
// error but ErrExists, ErrNotFound, errKeyReused and errLostRace leaves open whether it is stored.
func (s service) accept(ctx context.Context, c orders.Command, eventID string) (orders.Event, error) {
	event, err := s.record(ctx, c, eventID)
	if err != nil {
		return event, err
	}
	return event, s.bus.publish(ctx, event)
}

func (s service) record(ctx context.Context, c orders.Command, eventID string) (orders.Event, error) {
	for attempt := 0; ; attempt++ {
		history, err := s.store.Load(ctx, c.OrderID)
		if err != nil {
			return orders.Event{}, err
		}
		if earlier, found := find(history, eventID); found {
			return earlier, sameCommand(earlier, c)
		}
		if attempt == attempts {
			return orders.Event{}, errLostRace
		}
		if err := s.decide(ctx, history, c); err != nil {
			return orders.Event{}, err
		}
		event := orders.Event{EventID: eventID, Version: len(history) + 1, Command: c}
		if err := s.store.Append(ctx, event); !errors.Is(err, eventstore.ErrTaken) {
			return event, err
		}
	}
}

func (s service) decide(ctx context.Context, history []orders.Event, c orders.Command) error {
	var order *orders.Order
	for _, event := range history {
		var err error
		if order, err = order.After(event); err != nil {
			return err
		}
	}
	refusal := order.Decide(c)
	if refusal == nil || len(history) == 0 {
		return refusal
	}
	if err := s.bus.publish(ctx, history[len(history)-1]); err != nil {
		return err
	}
	return refusal
}

func find(history []orders.Event, eventID string) (orders.Event, bool) {
	i := slices.IndexFunc(history, func(e orders.Event) bool { return e.EventID == eventID })
	if i < 0 {
		return orders.Event{}, false
	}
	return history[i], true
}

func sameCommand(earlier orders.Event, c orders.Command) error {
	if earlier.Command != c {
		return errKeyReused
	}
	return nil
}
