-- Creates child tokens that end soon, so that the sweep has work as well.
local body = '{"policies":["default"],"ttl":"10m"}'
request = function()
  return wrk.format("POST", "/v1/auth/token/create", nil, body)
end
