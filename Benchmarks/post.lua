-- Posts the body in the file that BENCH_BODY names, again and again. wrk puts such a request together once.
local file = assert(io.open(os.getenv("BENCH_BODY"), "r"))
wrk.method = "POST"
wrk.body = file:read("*a")
file:close()
