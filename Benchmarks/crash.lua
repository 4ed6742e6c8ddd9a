-- A bad neighbour's client: the engine breaks the protocol and is ended, again and again.
request = function()
  return wrk.format("POST", "/v1/raw/garbage")
end

delay = function()
  return 20
end
