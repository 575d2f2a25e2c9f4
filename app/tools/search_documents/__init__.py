"""The search_documents tool: a query that the runtime answers through its search port."""
