"""What a timeline shows, live or of a whole session: events in, marks out. Knows no Qt and no colour."""
