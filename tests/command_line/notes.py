e = ValueError("a\nb"); e.add_note("note1\nline2")
raise e
