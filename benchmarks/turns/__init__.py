"""Turn taking on calls with known truth: false cut-ins against endpointing delay, missed and false barge-ins."""
