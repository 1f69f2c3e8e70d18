-- Coroutines, the collector, files, os, and algorithms that make the machine work.
local function section(name) print("== " .. name) end

section "coroutines"
local function gen(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i, i * i) end return "end" end) end
for i, sq in gen(5) do if i == "end" then break end io.write(i, ":", sq, " ") end print()
local co = coroutine.create(function(a, b)
  print("start", a, b)
  local c = coroutine.yield(a + b)
  print("got", c)
  local d, e = coroutine.yield(c * 2)
  print("got", d, e)
  return "finished", 99
end)
print(coroutine.resume(co, 1, 2)) print(coroutine.status(co)) print(coroutine.resume(co, 10))
print(coroutine.resume(co, "x", "y")) print(coroutine.status(co)) print(coroutine.resume(co))
print(coroutine.isyieldable(), coroutine.running())
co = coroutine.create(function() error("inside") end) print(coroutine.resume(co))
co = coroutine.create(function() error({code = 7}) end) print(select(2, coroutine.resume(co)).code)
co = coroutine.wrap(function() print(pcall(function() coroutine.yield(1) error("after yield") end)) return "ok" end)
print(co()) print(co())
co = coroutine.create(function() local x <close> = setmetatable({}, {__close = function() print("closed by close") end}) coroutine.yield() end)
coroutine.resume(co) print(coroutine.close(co), coroutine.status(co))
-- producer, filter, consumer
local function producer() return coroutine.create(function() for _, w in ipairs {"one", "two", "three"} do coroutine.yield(w) end end) end
local function filter(p) return coroutine.create(function() local n = 1 while true do local ok, v = coroutine.resume(p) if not v then return end coroutine.yield(n .. " " .. v) n = n + 1 end end) end
local f = filter(producer())
while true do local ok, v = coroutine.resume(f) if not v then break end print(v) end
-- permutations
local function permgen(a, n) n = n or #a if n <= 1 then coroutine.yield(a) else for i = 1, n do a[n], a[i] = a[i], a[n] permgen(a, n - 1) a[n], a[i] = a[i], a[n] end end end
local count = 0
for p in coroutine.wrap(function() permgen {1, 2, 3, 4} end) do count = count + 1 if count % 6 == 0 then print(table.concat(p, " ")) end end
-- ten thousand of them alive
local many = {}
for i = 1, 10000 do many[i] = coroutine.wrap(function() local s = i while true do s = s + coroutine.yield(s) end end) many[i]() end
local total = 0 for i = 1, 10000 do total = total + many[i](1) end print(total)

section "collector"
local weak = setmetatable({}, {__mode = "v"})
for i = 1, 100 do weak[i] = {} end
local keep = weak[50]
collectgarbage() collectgarbage()
local alive = 0 for _ in pairs(weak) do alive = alive + 1 end print(alive)
local finalised = 0
for i = 1, 1000 do setmetatable({}, {__gc = function() finalised = finalised + 1 end}) end
collectgarbage() collectgarbage() print(finalised)
local before = collectgarbage("count")
do local big = {} for i = 1, 200000 do big[i] = {i} end end
collectgarbage() collectgarbage()
print(collectgarbage("count") < before + 1000, collectgarbage("isrunning"))
collectgarbage("generational") local junk = {} for i = 1, 100000 do junk[i % 100] = {i, tostring(i)} end
collectgarbage("incremental") print(#junk)
local text = {} for i = 1, 50000 do text[#text + 1] = "line " .. i end
local joined = table.concat(text, "\n") print(#joined)
local h = 0 for i = 1, #joined, 97 do h = (h * 31 + joined:byte(i)) % 4294967296 end print(h)

section "files"
local name = os.tmpname()
local out = assert(io.open(name, "w"))
print(out:write("first\n", 2, " ", 3.5, "\nthird line\n", "no newline at end"))
print(out:seek("cur"), out:seek("set", 2), out:seek("end")) print(out:close()) print(pcall(out.write, out, "x"))
for line in io.lines(name) do print("[" .. line .. "]") end
for a in io.lines(name, 4) do io.write("<", a:gsub("\n", "|"), ">") end print()
local inp = io.open(name)
print(inp:read("n")) inp:seek("set", 6) print(inp:read("n", "n")) print(inp:read("l", "L", "a", "a", "l")) inp:close()
local ap = io.open(name, "a+") ap:write("\nappended") ap:seek("set") print(#ap:read("a")) ap:close()
local rw = io.open(name, "r+") rw:write("FIRST") rw:seek("set") print(rw:read()) rw:close()
print(io.open("/no/such/file")) print(pcall(io.lines, "/no/such/file"))
print(io.type(inp), io.type(io.stdout), io.type(5))
local moved = name .. ".moved"
print(os.rename(name, moved)) print(io.open(name) == nil) print(os.remove(moved)) print(select("#", os.remove(moved)))
local big = io.open(name, "wb") for i = 1, 20000 do big:write(string.pack("<I4", i)) end big:close()
big = io.open(name, "rb") big:seek("set", 4 * 12344) print(string.unpack("<I4", big:read(4))) print(big:seek("end")) big:close()
local vb = io.open(name, "w") print(vb:setvbuf("full", 1024), vb:setvbuf("no"), vb:flush()) vb:close() os.remove(name)
local tmp = io.tmpfile() tmp:write("temporary") tmp:seek("set") print(tmp:read("a")) tmp:close()
io.output():write("through io.output\n") io.stdout:write("a", 1, 2.5, "\n")

section "os"
print(os.time({year = 2024, month = 2, day = 30, hour = 12}), os.date("!%Y-%m-%d %H:%M:%S", 86400 * 365))
print(os.date("!*t", 1e9).year, os.date("!*t", 1e9).yday, os.difftime(10, 4))
print(type(os.clock()), os.clock() >= 0, os.time() > 1.6e9, os.getenv("LUA_TEST_NOT_SET"))
print(pcall(os.date, "%Ez", 0), os.setlocale("C"), os.setlocale("xx_YY"))
for _, d in ipairs {0, 86400, 951782400, 1709164800, 4102444800} do print(os.date("!%c %j %U %w %x %X %p", d)) end

section "algorithms"
-- n queens
local function queens(n)
  local solutions, cols, d1, d2 = 0, {}, {}, {}
  local function place(r)
    if r > n then solutions = solutions + 1 return end
    for c = 1, n do
      if not cols[c] and not d1[r + c] and not d2[r - c + n] then
        cols[c], d1[r + c], d2[r - c + n] = true, true, true
        place(r + 1)
        cols[c], d1[r + c], d2[r - c + n] = nil, nil, nil
      end
    end
  end
  place(1) return solutions
end
print(queens(4), queens(6), queens(8))
-- sieve
local sieve, primes = {}, 0
for i = 2, 100000 do if not sieve[i] then primes = primes + 1 for j = i * i, 100000, i do sieve[j] = true end end end print(primes)
-- matrix product, spectral norm style floating point
local N = 60 local A, B = {}, {}
for i = 1, N do A[i], B[i] = {}, {} for j = 1, N do A[i][j], B[i][j] = 1 / (i + j - 1), (i * j) % 7 - 3.5 end end
local trace = 0.0
for i = 1, N do for j = 1, N do local s = 0.0 for k = 1, N do s = s + A[i][k] * B[k][j] end if i == j then trace = trace + s end end end
print(string.format("%.14g %a", trace, trace))
-- mandelbrot rows
for y = -1.0, 1.0, 0.25 do
  local row = {}
  for x = -2.0, 0.5, 0.0625 do
    local zr, zi, n = 0, 0, 0
    while n < 60 and zr * zr + zi * zi < 4 do zr, zi, n = zr * zr - zi * zi + x, 2 * zr * zi + y, n + 1 end
    row[#row + 1] = n == 60 and "#" or n > 8 and "+" or n > 4 and "." or " "
  end
  print((table.concat(row):gsub("%s+$", "")))
end
-- words by frequency
local lorem = ("the quick brown fox jumps over the lazy dog while the cat sleeps and the dog barks "):rep(500)
local freq = {} for w in lorem:gmatch("%a+") do freq[w] = (freq[w] or 0) + 1 end
local list = {} for w, n in pairs(freq) do list[#list + 1] = {w, n} end
table.sort(list, function(a, b) if a[2] ~= b[2] then return a[2] > b[2] end return a[1] < b[1] end)
for i = 1, 8 do print(list[i][1], list[i][2]) end
-- big numbers as tables: 2^500 and 100!
local function mul(d, m) local c = 0 for i = 1, #d do local x = d[i] * m + c d[i], c = x % 10, x // 10 end while c > 0 do d[#d + 1], c = c % 10, c // 10 end return d end
local p = {1} for _ = 1, 500 do mul(p, 2) end print(table.concat(p):reverse())
p = {1} for i = 1, 100 do mul(p, i) end print(table.concat(p):reverse())
-- CRC-32 and a xorshift generator
local crc = {} for i = 0, 255 do local c = i for _ = 1, 8 do c = c & 1 == 1 and 0xedb88320 ~ (c >> 1) or c >> 1 end crc[i] = c end
local function crc32(s) local c = 0xffffffff for i = 1, #s do c = crc[(c ~ s:byte(i)) & 255] ~ (c >> 8) end return c ~ 0xffffffff end
print(string.format("%08x %08x", crc32("123456789"), crc32(lorem)))
local x = 88172645463325252 for _ = 1, 100000 do x = x ~ (x << 13) x = x ~ (x >> 7) x = x ~ (x << 17) end print(x)
math.randomseed(42) local r = {} for i = 1, 5 do r[i] = math.random(100) end print(table.concat(r, " "))
print(string.format("%.12f", math.random()), math.random(0) ~= nil, pcall(math.random, 2, 1))
-- quicksort by hand against table.sort
local q, ref = {}, {} for i = 1, 5000 do x = x ~ (x << 13) x = x ~ (x >> 7) x = x ~ (x << 17) q[i] = x % 10007 ref[i] = q[i] end
local function qs(a, lo, hi) if lo < hi then local pv, i = a[hi], lo for j = lo, hi - 1 do if a[j] < pv then a[i], a[j] = a[j], a[i] i = i + 1 end end a[i], a[hi] = a[hi], a[i] qs(a, lo, i - 1) qs(a, i + 1, hi) end end
qs(q, 1, #q) table.sort(ref) local same = true for i = 1, #q do same = same and q[i] == ref[i] end print(same, q[1], q[2500], q[5000])
-- a small interpreter: brainfuck
local function bf(src)
  local tape, ptr, pc, outp, jump, stack = {}, 0, 1, {}, {}, {}
  for i = 1, #src do local c = src:sub(i, i) if c == "[" then stack[#stack + 1] = i elseif c == "]" then local o = table.remove(stack) jump[o], jump[i] = i, o end end
  while pc <= #src do
    local c = src:sub(pc, pc)
    if c == ">" then ptr = ptr + 1 elseif c == "<" then ptr = ptr - 1
    elseif c == "+" then tape[ptr] = ((tape[ptr] or 0) + 1) % 256 elseif c == "-" then tape[ptr] = ((tape[ptr] or 0) - 1) % 256
    elseif c == "." then outp[#outp + 1] = string.char(tape[ptr] or 0)
    elseif c == "[" and (tape[ptr] or 0) == 0 then pc = jump[pc] elseif c == "]" and (tape[ptr] or 0) ~= 0 then pc = jump[pc] end
    pc = pc + 1
  end
  return table.concat(outp)
end
io.write(bf("++++++++[>++++[>++>+++>+++>+<<<<-]>+>+>->>+[<]<-]>>.>---.+++++++..+++.>>.<-.<.+++.------.--------.>>+.>++."))
-- strings built and searched, half a megabyte
local parts = {} for i = 1, 20000 do parts[i] = string.format("%d:%s;", i, ("abc"):rep(i % 7)) end
local long = table.concat(parts) print(#long, long:find("19999:", 1, true), select(2, long:gsub("abc", "")))
print(#long:upper(), long:sub(-20), (long:gsub("%d+", function(d) return #d end)):sub(1, 60))
os.exit(7, true)
