# Sums what the test logs tell: XCTest on 1, 2, 3 ranks, Swift Testing, Python's unittest, scripts.
# A test counts once for each number of ranks and fails if any rank fails; a log without its
# closing line is a run that broke off and counts as a failure.
FNR == 1 { logs[FILENAME] = 0 }
match($0, /Test Case '[^']*' (passed|failed)/) {
  split(substr($0, RSTART, RLENGTH), part, "'")
  key = FILENAME SUBSEP part[2]
  if (!(key in verdict)) verdict[key] = "passed"
  if (part[3] ~ /failed/) verdict[key] = "failed"
}
/Executed [0-9]+ tests?, with/ { logs[FILENAME] = 1 }
/Test run with [0-9]+ tests?/ {
  logs[FILENAME] = 1
  match($0, /with [0-9]+ test/)
  testing = substr($0, RSTART + 5, RLENGTH - 10)
}
/✘.* Test .* failed after/ && !/Test run with/ { testing_failed++ }
/^Ran [0-9]+ tests?/ { python += $2 }
/^[0-9]+ passed, [0-9]+ failed$/ {
  logs[FILENAME] = 1
  passed += $1
  failed += $3
}
/^(OK|FAILED)/ {
  logs[FILENAME] = 1
  line = $0
  while (match(line, /(failures|errors)=[0-9]+/)) {
    split(substr(line, RSTART, RLENGTH), part, "=")
    python_failed += part[2]
    line = substr(line, RSTART + RLENGTH)
  }
}
END {
  for (key in verdict) if (verdict[key] == "failed") failed++; else passed++
  for (log_name in logs) if (!logs[log_name]) { print log_name " broke off"; failed++ }
  passed += testing - testing_failed + python - python_failed
  failed += testing_failed + python_failed
  print passed + 0 " passed, " failed + 0 " failed"
  exit failed > 0
}
