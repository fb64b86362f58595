"""The Design screen: a form in which an agent is built from every provider of the catalog, without programming."""
