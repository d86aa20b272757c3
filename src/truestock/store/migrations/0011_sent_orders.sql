-- An order that came whole with its message, from a sender that nobody can ask.

ALTER TABLE notice ADD COLUMN sent text;
