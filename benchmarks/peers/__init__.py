"""The studio beside other frameworks: the same caller, the same vendors' stand-ins, measured from the sound alone."""
