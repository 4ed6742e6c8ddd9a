-- Writes KV version 2 secrets over 1000 keys in turn.
local counter = 0
local body = '{"data":{"username":"appuser","password":"correct-horse-battery-staple","host":"db.example.com","port":5432}}'
request = function()
  counter = (counter + 1) % 1000
  return wrk.format("POST", "/v1/secret/data/bench/" .. counter, nil, body)
end
