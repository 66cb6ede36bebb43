module ahead.invalid

go 1.26
