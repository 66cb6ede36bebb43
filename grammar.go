package main

import (
	"os"
	"reflect"
	"slices"
	"strings"
)

// grammar returns what args are parsed by: c, or, where they begin with the name
// of a command that asks nothing of the others, c with that command alone. To
// build the flags of all commands takes 5 ms, a third of what a start does.
func (c *cli) grammar(args []string) any {
	if len(args) == 0 || asksForHelp(args) || configured(args) {
		return c
	}
	if !slices.Contains([]string{"report", "parse", "detect", "rules", "archive", "restore", "clean"}, args[0]) {
		return c
	}
	of := reflect.ValueOf(c).Elem()
	var fields []reflect.StructField
	for i := range of.NumField() {
		field := of.Type().Field(i)
		if _, command := field.Tag.Lookup("cmd"); !command || strings.EqualFold(field.Name, args[0]) {
			fields = append(fields, field)
		}
	}
	one := reflect.New(reflect.StructOf(fields))
	for _, field := range fields {
		one.Elem().FieldByName(field.Name).Set(of.FieldByName(field.Name))
	}
	return one.Interface()
}

// configured reports whether a config file or the environment says anything: then
// all of it is held against all flags.
func configured(args []string) bool {
	files, named := configFiles(args)
	return named || slices.ContainsFunc(files, func(file string) bool {
		_, err := os.Lstat(file)
		return !os.IsNotExist(err)
	}) || slices.ContainsFunc(os.Environ(), func(set string) bool { return strings.HasPrefix(set, "WEIR_") })
}
