# Reads Swift Testing's event stream (version 0, one JSON object a line) and prints
#     PLANNED PASSED FAILED SKIPPED
# and then one line for every test that did not pass. A quotation mark inside a JSON string is escaped, so the patterns
# with quotation marks below match keys and never somebody's text. Should the format change, too little matches, which
# the caller takes for a failure.

# The value of `key` when it is a string and `rest` follows it, still escaped.
function value(key, rest,    found) {
    if (!match($0, "\"" key "\":\"([^\"\\\\]|\\\\.)*\"" rest)) return ""
    found = substr($0, RSTART + length(key) + 4, RLENGTH - length(key) - 4)
    sub("\"" rest "$", "", found)
    return found
}

# Without escapes and without the place in the source, which ends every identifier.
function readable(id) {
    sub(/\\\/[^\/]*:[0-9]+:[0-9]+$/, "", id)
    gsub(/\\\//, "/", id)
    return id
}

/^\{"kind":"test",/ && /"kind":"function"/ {
    id = value("id", ",\"isParameterized\"")
    if (id != "" && !(id in planned)) { planned[id] = 1; order[++count] = id }
    next
}

/^\{"kind":"event",/ {
    id = value("testID", "")
    if (!(id in planned)) next
    if (/"kind":"(testSkipped|testCancelled|testCaseCancelled)"/) skipped[id] = "was skipped"
    else if (/"isKnown":true/) skipped[id] = "has a known issue"
    else if (/"kind":"testStarted"/) started[id] = 1
    else if (/"kind":"testEnded"/) ended[id] = (/"symbol":"fail"/ ? "failed" : "passed")
}

END {
    for (i = 1; i <= count; i++) {
        id = order[i]
        if (ended[id] == "failed") { failures++; note[++notes] = readable(id) " failed" }
        else if (id in skipped) { skips++; note[++notes] = readable(id) " " skipped[id] }
        else if (ended[id] == "passed") passes++
        else { failures++; note[++notes] = readable(id) (id in started ? " did not end" : " did not run") }
    }
    printf "%d %d %d %d\n", count, passes, failures, skips
    for (i = 1; i <= notes; i++) print note[i]
}
