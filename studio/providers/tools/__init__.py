"""What an agent can look up and do: canned functions, webhooks, MCP servers. Knows neither model nor conversation."""
