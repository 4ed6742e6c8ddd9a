-- Posts the body in the file that BENCH_BODY names, again and again.
local file = assert(io.open(os.getenv("BENCH_BODY"), "r"))
local body = file:read("*a")
file:close()
request = function()
  return wrk.format("POST", nil, nil, body)
end
