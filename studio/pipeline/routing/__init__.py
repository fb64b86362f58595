"""What the user wants and how hard it is to answer, judged from words on this machine in well under a millisecond.

Pure: weights are given, no file is read and no model is asked.
"""
