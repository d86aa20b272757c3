"""The only room that speaks to PostgreSQL: server, connections, transactions, SQL files, schema and migrations."""
