"""The rules of the import over batches of rows; the door is :class:`importer.domain.rules.rule_set.RuleSet`."""
