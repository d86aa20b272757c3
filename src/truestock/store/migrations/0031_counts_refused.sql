-- What the ledger does not take is decided by a person.
ALTER TABLE count_decision DROP CONSTRAINT count_decision_kind;
ALTER TABLE count_decision ADD CONSTRAINT count_decision_kind
    CHECK (decision IN ('right', 'within_tolerance', 'recount', 'review', 'approved', 'dismissed', 'cancelled',
                        'refused'));
