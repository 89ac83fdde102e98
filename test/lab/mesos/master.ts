import { main } from './master/main.ts'

process.title = 'mesos-master'
await main(process.argv.slice(2), process.env)
