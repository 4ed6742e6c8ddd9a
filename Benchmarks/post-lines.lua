-- Posts the lines of the file that BENCH_BODY names, one after the other and again from the first.
local lines, headers, turn = {}, { ["Content-Type"] = "application/json" }, 0
for line in io.lines(os.getenv("BENCH_BODY")) do lines[#lines + 1] = line end
request = function()
  turn = turn % #lines + 1
  return wrk.format("POST", nil, headers, lines[turn])
end
