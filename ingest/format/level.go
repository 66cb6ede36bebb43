package format

import "bytes"

// levels are what loggers call them, in capitals. Those that are true are words of their own, too, and so
// are no levels in small letters.
var levels = map[string]bool{
	"TRACE": false, "DEBUG": false, "INFO": false, "INFORMATION": false, "NOTICE": false, "WARN": false, "WARNING": false, "ERROR": false, "ERR": false,
	"SEVERE": false, "CRITICAL": false, "CRIT": false, "ALERT": false, "FATAL": false, "PANIC": false, "DPANIC": false, "EMERG": false, "EMERGENCY": false,
	"VERBOSE": false, "FINE": true, "FINER": true, "FINEST": true, "SUCCESS": true, "SECURITY": true,
	"NOTE": true, "LOG": true, "SYSTEM": true, "STATEMENT": true, "DETAIL": true, "HINT": true, "CONTEXT": true, "QUERY": true, "LOCATION": true,
	"TRC": true, "DBG": true, "INF": true, "WRN": true, "FTL": true, "VRB": true, // zerolog, Serilog, NATS
	"TRAC": false, "DEBU": false, "ERRO": false, "FATA": false, "PANI": false, // logrus
	"NOTI": false,                               // RabbitMQ
	"TRCE": false, "DBUG": false, "FAIL": false, // ASP.NET Core
}

// longestLevel is the length of the longest of levels.
const longestLevel = len("INFORMATION")

// levelOf is the level that a word names, without brackets, colours, a channel before and what follows a slash; nil
// where it names none. In prose, small letters name none, except for the first word.
func levelOf(word []byte, first bool) []byte {
	marked := first
	if n := bytes.IndexByte(word, 'm'); len(word) > 2 && word[0] == 0x1b && word[1] == '[' && n > 0 { // in colour
		word, marked = bytes.TrimLeft(word[n+1:], " "), true
	}
	if len(word) > 0 && (word[0] == '[' || word[0] == '(') {
		word, marked = word[1:], true
	}
	word = bytes.TrimRight(word, " \t")
	if n := len(word); n > 0 && word[n-1] == ':' { // Monolog: "production.ERROR:"
		if dot := bytes.LastIndexByte(word, '.'); dot > 0 && word[dot+1]-'A' <= 25 && bytes.IndexByte(word, ':') == n-1 {
			word = word[dot+1:]
		}
	}
	n := 0
	for n < len(word) && word[n]|0x20-'a' < 26 {
		n++
	}
	end := n
	if end < len(word) && word[end]-'0' <= 9 { // PostgreSQL's DEBUG1
		end++
	}
	if n < 3 || n > longestLevel || end < len(word) && !bytes.ContainsRune([]byte("])/:|,[\x1b"), rune(word[end])) {
		return nil
	}
	marked = marked || n < len(word) && word[n] != '[' && word[n] != ','
	var upper [longestLevel]byte
	for i, c := range word[:n] {
		if c >= 'a' {
			if !marked {
				return nil
			}
			c -= 'a' - 'A'
		}
		upper[i] = c
	}
	own, ok := levels[string(upper[:n])]
	prose := end == len(word) && !bytes.Equal(word[:n], upper[:n])
	if !ok || own && (word[0] >= 'a' || prose) || prose && string(upper[:n]) == "FAIL" { // "Fail to open"
		return nil
	}
	return word[:end:end]
}

// letters are the levels that some loggers write as one letter.
var letters = map[byte]string{
	'T': "TRACE", 'V': "VERBOSE", 'D': "DEBUG", 'I': "INFO", 'N': "NOTICE", 'W': "WARNING", 'E': "ERROR", 'C': "CRITICAL", 'F': "FATAL",
	'.': "DEBUG", '-': "VERBOSE", '*': "NOTICE", '#': "WARNING", // Redis
}

// redisLevel is the sign behind a time that ends at i, "21 Nov 2026 06:53:01.123 * ".
func redisLevel(line []byte, i int) []byte {
	if i+2 >= len(line) || line[i] != ' ' || line[i+2] != ' ' || line[i+1] >= 'A' || letters[line[i+1]] == "" {
		return nil
	}
	for from := max(0, i-26); from+6 < i; from++ {
		if line[from] == ' ' && monthOf(line[from+1:]) > 0 && line[from+4] == ' ' {
			return line[i+1 : i+2 : i+2]
		}
	}
	return nil
}

// letterOf is the level that a word of one letter names, which a space or a bracket ends.
func letterOf(word []byte) []byte {
	if len(word) == 3 && word[0] == '[' && word[2] == ']' || len(word) == 4 && word[0] == '[' && word[2] == ']' {
		word = word[1:]
	}
	if len(word) < 2 || word[1] != ' ' && word[1] != ']' && word[1] != ',' {
		return nil
	}
	if _, ok := letters[word[0]]; !ok || word[0] < 'A' {
		return nil
	}
	return word[:1:1]
}
