-- wrk sends orders of one unit, each with its own reference; arguments: a tag, the number of SKUs, of channels.
local tag, skus, channels, n

function init(args)
  tag, skus, channels, n = args[1], tonumber(args[2]), tonumber(args[3]), 0
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
end

function request()
  n = n + 1
  local body = string.format('{"channel":"channel-%d","ref":"%s-%d","lines":[{"sku":"sku-%d","qty":1}]}',
    1 + n % channels, tag, n, 1 + (n * 7919) % skus)
  return wrk.format(nil, nil, nil, body)
end
