-- A bad neighbour's client: the engine spins on as many threads as it gets, takes memory, floods the log.
local function post(path, body)
  return wrk.format("POST", "/v1/hostile/" .. path, nil, body)
end

local number = 0
request = function()
  number = number + 1
  if number % 3 == 1 then return post("spin", '{"most": 1000, "seconds": 1}') end
  if number % 3 == 2 then return post("memory", '{"most": 4096}') end
  return post("flood", '{"most": 5000}')
end
